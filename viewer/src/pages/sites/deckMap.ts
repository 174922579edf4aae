/** The only file that knows deck.gl: it draws the specification that the server wrote with pydeck. */
import { Deck, FlyToInterpolator, MapView, type MapViewState, type PickingInfo } from '@deck.gl/core';
import { TileLayer } from '@deck.gl/geo-layers';
import { JSONConverter } from '@deck.gl/json';
import { BitmapLayer, PathLayer, ScatterplotLayer, TextLayer } from '@deck.gl/layers';
import { address } from '@/api/client';
import { RING_PX } from '@/core/sitesMap';

export interface MapEvents {
  press(code: string): void;
  hover(code: string | null, x: number, y: number): void;
  moved(view: MapViewState): void;
}

const CLOSEST = 18;
const TILE_PX = 512; // of the whole earth at zoom 0

interface TileProps { tile: { boundingBox: [[number, number], [number, number]] }; data: unknown; id: string }

/** What a tile of the background is drawn as. */
function tileImage(props: TileProps): BitmapLayer {
  const [[west, south], [east, north]] = props.tile.boundingBox;
  return new BitmapLayer({ id: `${props.id}-picture`, image: props.data as string, bounds: [west, south, east, north] });
}

export class DeckMap {
  private readonly deck: Deck<MapView>;
  private readonly converter = new JSONConverter({ configuration: { classes: { MapView, PathLayer, TextLayer, ScatterplotLayer, TileLayer }, constants: { tileImage } } });
  private view: MapViewState;
  private specification: Record<string, unknown>;
  private mark: { code: string | null; position: readonly number[] | null } = { code: null, position: null };

  constructor(parent: HTMLDivElement, specification: Record<string, unknown>, private readonly events: MapEvents) {
    this.specification = specification;
    this.view = { ...(specification['initialViewState'] as MapViewState), maxZoom: CLOSEST, minZoom: 2 };
    this.deck = new Deck<MapView>({
      parent,
      views: new MapView({ id: 'map', controller: { keyboard: true, dragRotate: false, touchRotate: false } }),
      viewState: this.view,
      useDevicePixels: Math.min(2, window.devicePixelRatio || 1),
      pickingRadius: 8,
      getCursor: ({ isHovering, isDragging }) => (isDragging ? 'grabbing' : isHovering ? 'pointer' : 'grab'),
      onViewStateChange: ({ viewState }) => { this.look(viewState); },
      onClick: (info: PickingInfo<{ code: string }>) => { if (info.object?.code) this.events.press(info.object.code); },
      onLoad: () => { this.events.moved(this.view); },
      onResize: () => { this.events.moved(this.view); },
      onHover: (info: PickingInfo<{ code: string }>) => { this.events.hover(info.object?.code ?? null, info.x, info.y); },
    });
    this.draw();
  }

  /** What a screen reader calls the map, which arrows move. */
  name(label: string): void {
    const canvas = this.deck.getCanvas();
    canvas?.setAttribute('role', 'application');
    canvas?.setAttribute('aria-label', label);
  }

  show(specification: Record<string, unknown>): void {
    this.specification = specification;
    this.draw();
  }

  /** A ring around a site. */
  choose(code: string | null, position: readonly number[] | null): void {
    this.mark = { code, position };
    this.draw();
  }

  private draw(): void {
    const told = this.converter.convert(withAddresses(this.specification)) as { layers?: unknown[] };
    const ring = this.mark.position
      ? [new ScatterplotLayer({ id: 'chosen', data: [this.mark.position], getPosition: (at: readonly number[]) => [at[0] ?? 0, at[1] ?? 0], getRadius: RING_PX, radiusUnits: 'pixels', stroked: true, filled: false, lineWidthUnits: 'pixels', getLineWidth: 3, getLineColor: [31, 111, 235] })]
      : [];
    this.deck.setProps({ layers: [...(told.layers ?? []), ...ring] as never[] });
  }

  private look(view: MapViewState): void {
    this.view = { ...view, minZoom: 2, maxZoom: CLOSEST };
    this.deck.setProps({ viewState: this.view });
    this.events.moved(this.view);
  }

  /** Fly to a place; the promise is kept when one is there. `covered_px` lies at the right under something else. */
  fly(position: readonly number[], zoom: number, lasts_ms: number, covered_px = 0): Promise<void> {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const aside = ((covered_px / 2) * 360) / (TILE_PX * 2 ** zoom);
    const to = { ...this.view, longitude: (position[0] ?? 0) + aside, latitude: position[1] ?? 0, zoom };
    if (still || lasts_ms <= 0) {
      this.look(to);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = setTimeout(resolve, lasts_ms + 400); // a hidden page draws no frames
      this.deck.setProps({
        viewState: {
          ...to,
          transitionDuration: lasts_ms,
          transitionInterpolator: new FlyToInterpolator({ speed: 1.6 }),
          onTransitionEnd: () => {
            clearTimeout(done);
            resolve();
          },
        } as MapViewState,
      });
    });
  }

  /** Where places appear, in pixels of the map. */
  project(places: readonly (readonly number[])[]): { x: number; y: number }[] {
    const [viewport] = this.deck.isInitialized ? this.deck.getViewports() : [];
    return places.map((at) => {
      const [x, y] = viewport ? viewport.project([at[0] ?? 0, at[1] ?? 0]) : [-1, -1];
      return { x: x ?? -1, y: y ?? -1 };
    });
  }

  zoom(by: number): void {
    this.look({ ...this.view, zoom: Math.max(2, Math.min(CLOSEST, (this.view.zoom ?? 4) + by)) });
  }

  home(): void {
    this.look({ ...(this.specification['initialViewState'] as MapViewState) });
  }

  dispose(): void {
    this.deck.finalize();
  }
}

/** Tiles are ours, wherever the application is served. */
function withAddresses(specification: Record<string, unknown>): Record<string, unknown> {
  const layers = (specification['layers'] as Record<string, unknown>[]).map((layer) => (layer['@@type'] === 'TileLayer' ? { ...layer, data: address('api/map/tiles/').concat('{z}/{x}/{y}') } : layer));
  return { layers };
}
