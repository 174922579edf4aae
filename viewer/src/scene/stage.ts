import { Raycaster, Scene, Vector2, Vector3, type Object3D, type WebGLRenderer } from 'three';
import { centre, radius, type Box } from '@/core/boxes';
import type { ElementState } from '@/core/elementState';
import { snap, type Point, type SnapKind } from '@/core/measure';
import type { FloorArea } from '@/core/cameras';
import type { TubeSegment } from '@/core/tubes';
import type { Section } from '@/core/viewUrl';
import { CameraRig, type PoseOptions } from '@/scene/cameraRig';
import { rememberSize } from '@/scene/context';
import type { Disposable } from '@/scene/disposable';
import type { Easel } from '@/scene/easel';
import { ElementMaterials, StateTexture } from '@/scene/elementMaterial';
import type { Frame } from '@/scene/frame';
import { Pace, STILL, type Effort } from '@/scene/pace';
import { Surroundings } from '@/scene/surroundings';
import { SiteTileset, type LoadFile, type TilesetText } from '@/scene/tileset';
import type { RowLookup } from '@/scene/tileContent';
import { FloorAreas } from '@/scene/floorAreas';
import { PipeTubes } from '@/scene/pipeTubes';
import type { TriangleRuns } from '@/scene/triangleRuns';
import { Uploads } from '@/scene/uploads';

export interface StageEvents {
  /** A picture was drawn; overlays follow it. */
  drawn(): void;
  /** The canvas has another size, in pixels of the page; what was fitted is fitted anew after that. */
  resized(width: number, height: number): void;
  progressed(share: number): void;
  failed(error: Error): void;
}

export interface StageOptions {
  easel: Easel;
  state: ElementState;
  lookup: RowLookup;
  box: Box;
  tileset: TilesetText;
  load: LoadFile;
  events: StageEvents;
}

const LONG_UPDATE_MS = 40;
/** How often tiles are chosen while the card is behind, and nothing can be drawn. */
const CHOOSE_MS = 250;
/** Before there is any picture nobody is kept from anything. */
const FIRST_UPLOADS_MS = 100;
/** How far a point that was read from the picture's depth may lie off the surface that it is of, metres. */
const OFF_SURFACE_M = 1;

/** A place on a surface, and the way into what lies behind it, of length 1. */
export interface SurfacePoint {
  row: number;
  at: Point;
  inward: Point;
}

export interface Picked {
  row: number;
  at: Point;
  snapped: SnapKind;
}

/** What is cut away: everything beyond `normal . p = distance`. */
function planeOf(section: Section, box: Box): { normal: Point; distance: number } {
  if (section.kind === 'plane') return { normal: section.normal, distance: section.distance_m };
  if (section.kind === 'level') return { normal: [0, 0, 1], distance: section.height_m };
  const bearing = (section.bearing_deg * Math.PI) / 180;
  const normal: Point = [Math.sin(bearing), Math.cos(bearing), 0];
  const middle = centre(box);
  return { normal, distance: normal[0] * middle[0] + normal[1] * middle[1] + section.offset_m };
}

/** The 3D view of one model: draws only when something has changed, then refines while it rests. */
export class Stage implements Disposable {
  readonly rig: CameraRig;
  private readonly canvas: HTMLCanvasElement;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly states: StateTexture;
  private readonly materials: ElementMaterials;
  private readonly frame: Frame;
  private readonly uploads: Uploads;
  private tileset: SiteTileset;
  private isFine = false;
  private readonly surroundings: Surroundings;
  private readonly pipeTubes = new PipeTubes();
  private readonly floorAreas = new FloorAreas();
  private readonly observer: ResizeObserver;
  private size = { width: 1, height: 1, ratio: 1 }; // pixels of the page, and the canvas's to one of them
  private isSized = false;
  private picture = 0; // 0 = something changed; counts up while the view rests
  private isStale = true;
  private hasNewTiles = false;
  private hasDrawn = false;
  private isUpdated = false; // by the tick before
  private isWhole = false;
  private drawnAt = 0;
  private chosenAt = 0;
  private halfPictures = 0; // drawn while tiles come
  private hovered = 0;
  private readonly pace: Pace;
  private request = 0;
  private restTimer = 0;
  private isDisposed = false;

  constructor(private readonly options: StageOptions) {
    const { easel, state, box } = options;
    const { canvas } = easel;
    this.canvas = canvas;
    this.renderer = easel.renderer;
    this.frame = easel.frame;
    this.renderer.info.reset();
    this.pace = new Pace(easel.isSoftware);
    this.states = new StateTexture(state);
    this.materials = new ElementMaterials(this.states);
    this.rig = new CameraRig(canvas, () => {
      this.invalidate();
    });
    this.rig.setScope(box);
    this.surroundings = new Surroundings(box);
    this.scene.add(this.surroundings.group, this.pipeTubes.group, this.floorAreas.group);
    this.uploads = new Uploads(this.renderer);
    this.tileset = this.layOut();
    this.observer = new ResizeObserver(() => {
      this.resize();
    });
    this.observer.observe(canvas.parentElement ?? canvas);
    canvas.addEventListener('webglcontextrestored', this.onRestored);
    this.resize();
  }

  private layOut(): SiteTileset {
    const { tileset, load, lookup, events } = this.options;
    const laid = new SiteTileset(tileset, load, this.materials, lookup, this.renderer.getContext() as WebGL2RenderingContext, this.uploads, {
      changed: () => {
        this.hasNewTiles = true;
        this.schedule();
      },
      progressed: (share) => {
        events.progressed(share);
      },
      failed: (error) => {
        events.failed(error);
      },
    });
    laid.refine(this.isFine);
    this.scene.add(laid.group);
    return laid;
  }

  /** three.js makes anew what the page still has; the card alone had the tiles. */
  private readonly onRestored = (): void => {
    this.scene.remove(this.tileset.group);
    this.tileset.dispose();
    this.tileset = this.layOut();
    this.invalidate();
  };

  /** Ask for the tiles of the first picture before it is time to draw it. */
  begin(): void {
    this.rig.camera.updateMatrixWorld();
    this.updateTiles();
  }

  /** Draw again soon; many calls make one frame. */
  invalidate(): void {
    this.isStale = true;
    this.picture = 0;
    this.schedule();
  }

  backdrop(colour: string): void {
    this.frame.backdrop(colour);
    this.invalidate();
  }

  section(section: Section | null, box: Box): void {
    const plane = section && planeOf(section, box);
    this.materials.section(plane);
    this.pipeTubes.section(plane);
    this.floorAreas.section(plane);
    this.invalidate();
  }

  /** Draw where pipes may lie. */
  tubes(segments: readonly TubeSegment[]): void {
    this.pipeTubes.show(segments);
    this.invalidate();
  }

  /** Draw what is seen of floors, and what is not. */
  areas(areas: readonly FloorArea[]): void {
    this.floorAreas.show(areas);
    this.invalidate();
  }

  openRooms(isOpen: boolean): void {
    this.materials.openRooms(isOpen);
    this.invalidate();
  }

  /** Show small things from afar too, such as pipes. */
  refine(isFine: boolean): void {
    this.isFine = isFine;
    this.tileset.refine(isFine);
    this.invalidate();
  }

  hover(row: number): void {
    if (row === this.hovered) return;
    this.hovered = row;
    // The elements are still in their buffers: only the picture is composed anew.
    if (this.picture > 0) this.picture = 1;
    this.present();
    this.schedule();
  }

  /** Whether who asks what stands at a place would be held until the card has drawn. */
  get isBehind(): boolean {
    return this.options.easel.work.isBehind;
  }

  /** What stands at a place of the canvas, in pixels of the page; null where there is nothing. */
  pick(x: number, y: number, reach_px = 0): Picked | null {
    const { canvas } = this;
    const [u, v] = [x / canvas.clientWidth, y / canvas.clientHeight];
    if (u < 0 || v < 0 || u > 1 || v > 1) return null;
    const { row, depth } = this.frame.probe(u, v);
    if (depth >= 0.999999) return null;
    const at = new Vector3(u * 2 - 1, 1 - v * 2, depth * 2 - 1).unproject(this.rig.camera);
    if (reach_px <= 0) return { row, at: at.toArray(), snapped: 'face' };
    const perPixel = (at.distanceTo(this.rig.camera.position) * 2 * Math.tan((this.rig.camera.fov * Math.PI) / 360)) / canvas.clientHeight;
    const corners = this.nearestTriangle(row, at);
    const snapped = corners ? snap(at.toArray(), corners, perPixel * reach_px) : { at: at.toArray(), kind: 'face' as const };
    return { row, at: snapped.at, snapped: snapped.kind };
  }

  /** The surface at a place of the canvas; where its triangle is not known one looks straight on. */
  surface(x: number, y: number): SurfacePoint | null {
    const hit = this.pick(x, y);
    if (!hit) return null;
    const at = new Vector3(...hit.at);
    const away = at.clone().sub(this.rig.camera.position).normalize();
    const corners = this.nearestTriangle(hit.row, at)?.map((corner) => new Vector3(...corner));
    const [a, b, c] = corners ?? [];
    const normal = a && b && c ? b.clone().sub(a).cross(c.clone().sub(a)) : new Vector3();
    if (normal.lengthSq() < 1e-12) normal.copy(away);
    normal.normalize();
    if (normal.dot(away) < 0) normal.negate();
    return { row: hit.row, at: hit.at, inward: normal.toArray() };
  }

  /** Where one sees a level plane at a place of the canvas; null where one looks past it. */
  onLevel(x: number, y: number, height_m: number): SurfacePoint | null {
    const { canvas } = this;
    const caster = new Raycaster();
    caster.setFromCamera(new Vector2((x / canvas.clientWidth) * 2 - 1, 1 - (y / canvas.clientHeight) * 2), this.rig.camera);
    const { origin, direction } = caster.ray;
    const far = (height_m - origin.z) / direction.z;
    if (!Number.isFinite(far) || far <= 0) return null;
    return { row: 0, at: origin.addScaledVector(direction, far).toArray(), inward: [0, 0, -1] };
  }

  private nearestTriangle(row: number, at: Vector3): [Point, Point, Point] | null {
    let best: { corners: [Point, Point, Point]; gap: number } | null = null;
    const visit = (object: Object3D): void => {
      const runs = object.userData['runs'] as TriangleRuns | undefined;
      // What lies elsewhere need not come back from the card.
      if (!runs || runs.distance(at, object.matrixWorld) > Math.min(OFF_SURFACE_M, best?.gap ?? Infinity)) return;
      const found = runs.nearest(row, at, object.matrixWorld);
      if (found && (!best || found.gap < best.gap)) best = found;
    };
    this.tileset.forEachModel((model) => {
      model.traverse(visit);
    });
    return (best as { corners: [Point, Point, Point] } | null)?.corners ?? null;
  }

  /** Where a point appears on the canvas, page pixels; null when it is behind the eye. */
  project(point: Point): { x: number; y: number } | null {
    const { canvas } = this;
    const p = new Vector3(...point).project(this.rig.camera);
    if (p.z > 1 || p.z < -1) return null;
    return { x: ((p.x + 1) / 2) * canvas.clientWidth, y: ((1 - p.y) / 2) * canvas.clientHeight };
  }

  fit(boxes: readonly Box[], options: PoseOptions & { isInstant?: boolean } = {}): void {
    if (boxes.length) this.rig.fit(boxes, { margin: 1.04, ...options });
  }

  retry(): void {
    this.tileset.retry();
    this.invalidate();
  }

  /** Compose the picture anew and let `copy` take it before the browser clears the canvas. */
  still(copy: () => void): void {
    this.present();
    copy();
  }

  /** Figures for the benchmark and the help dialog. */
  statistics(): { triangles: number; calls: number } {
    const { render } = this.renderer.info;
    return { triangles: render.triangles, calls: render.calls };
  }

  private resize(): void {
    const { canvas } = this;
    const host = canvas.parentElement ?? canvas;
    const [width, height] = [Math.max(1, host.clientWidth), Math.max(1, host.clientHeight)];
    this.size = { width, height, ratio: Math.min(window.devicePixelRatio || 1, 2) };
    this.isSized = false;
    this.rig.resize(width, height);
    this.options.events.resized(width, height);
    // A panel that opens beside the scene narrows it after the eye was sent off; a scene without a place has no size.
    if (host.clientWidth && host.clientHeight) this.rig.refit();
    this.pace.reset();
    this.invalidate();
  }

  /** Give the canvas its size just before a picture: that clears it, and waits for whatever the card is doing. */
  private applySize(): void {
    if (this.isSized) return;
    this.isSized = true;
    const { width, height, ratio } = this.size;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.frame.resize(Math.floor(width * ratio), Math.floor(height * ratio));
    rememberSize(this.canvas);
  }

  private updateTiles(): void {
    const { width, height, ratio } = this.size;
    this.tileset.update(this.rig.camera, width * ratio, height * ratio);
  }

  private schedule(): void {
    if (this.request || this.isDisposed) return;
    const tick = (now: number): void => {
      this.request = 0;
      this.tick(now);
    };
    // While the browser composes the rest of the page its next frame is late: the first picture does not wait for that.
    this.request = this.hasDrawn ? requestAnimationFrame(tick) : window.setTimeout(() => { tick(performance.now()); });
  }

  private tick(now: number): void {
    if (this.isDisposed) return;
    clearTimeout(this.restTimer);
    const isFlying = this.rig.advance(now);
    if (isFlying) this.picture = 0;
    if (this.isStale) this.pace.note(now);
    this.states.refresh();
    this.materials.ghost.visible = this.options.state.ghosts > 0;
    this.frame.ghosts(this.options.state.ghosts > 0);
    this.rig.camera.updateMatrixWorld();
    const isHeld = (this.hasDrawn && this.isBehind) || (!isFlying && this.uploadsTakeLonger());
    if (isHeld && now - this.chosenAt < CHOOSE_MS) {
      this.schedule();
      return;
    }
    this.chosenAt = now;
    if (this.hasUpdatedAtLength(isFlying) || !this.tileset.isRooted || this.awaitsShaders()) return;
    if (isHeld) {
      this.schedule();
      return;
    }
    if (!isFlying && this.awaitsTiles(now)) return;
    if (this.hasNewTiles) {
      this.hasNewTiles = false;
      this.isStale = true;
      this.picture = 0;
    }
    this.hasDrawn = true;
    this.drawnAt = now;
    this.renderer.info.reset();
    this.applySize();
    this.frame.drawElements(this.scene, this.rig.camera, this.picture, this.effort.share);
    this.present();
    this.options.easel.work.given();
    this.options.easel.unveil();
    if (!this.isWhole && this.tileset.share === 1) {
      this.isWhole = true;
      performance.mark('fangma.whole');
    }
    const wasStale = this.isStale;
    this.isStale = false;
    if (wasStale || isFlying) this.options.events.drawn();
    if (isFlying) {
      this.isStale = true;
      this.schedule();
      return;
    }
    if (this.picture < this.pace.stillPictures) this.rest(this.picture === 0 ? this.pace.restMs : 0);
  }

  /** Draw the next picture of a view that stands still, when its shaders are there. */
  private rest(ms: number): void {
    this.restTimer = window.setTimeout(() => {
      const { easel } = this.options;
      if (easel.isFinished || this.isStale) {
        if (!this.isStale) this.picture += 1;
        this.schedule();
        return;
      }
      const { drawnAt } = this;
      void easel.finished().then(() => {
        if (!this.isDisposed && this.drawnAt === drawnAt) this.rest(0); // else a newer picture has its own rest
      });
    }, ms);
  }

  /** Choose tiles. Of a very large site that takes as long as a picture, which is then drawn by the next tick unless one moves. */
  private hasUpdatedAtLength(isFlying: boolean): boolean {
    if (this.isUpdated) {
      this.isUpdated = false;
      return false;
    }
    const from = performance.now();
    this.updateTiles();
    if (isFlying || performance.now() - from < LONG_UPDATE_MS) return false;
    this.isUpdated = true;
    this.schedule();
    return true;
  }

  /** Hand some new tiles to the card, and tell whether more of them wait. */
  private uploadsTakeLonger(): boolean {
    const { easel } = this.options;
    if (!this.uploads.areWaiting || !easel.isTranslated) return false;
    if (this.hasDrawn && easel.work.isBusy) return true; // it would take nothing now
    this.uploads.slice(this.hasDrawn ? undefined : FIRST_UPLOADS_MS);
    if (this.hasDrawn) easel.work.given();
    return this.uploads.areWaiting;
  }

  /** Whether the card still translates shaders: a picture drawn now would hold the page until it has. */
  private awaitsShaders(): boolean {
    const { easel } = this.options;
    if (easel.isTranslated) return false;
    void easel.translated().then(() => {
      this.schedule();
    });
    return true;
  }

  /** Whether a picture that nothing but new tiles asks for is better put off until more of them are here. */
  private awaitsTiles(now: number): boolean {
    const isAsked = this.hasDrawn && (this.isStale || !this.hasNewTiles);
    this.drawnAt ||= now;
    const left_ms = this.drawnAt + this.pace.tilesMs(this.halfPictures, this.tileset.share) - now;
    if (this.tileset.share === 1) this.halfPictures = 0;
    else if (!isAsked && left_ms <= 0) this.halfPictures += 1;
    if (isAsked || left_ms <= 0 || this.tileset.share === 1) return false;
    this.restTimer = window.setTimeout(() => {
      this.schedule();
    }, left_ms);
    return true;
  }

  private get effort(): Effort {
    return this.picture === 0 ? this.pace.moving : STILL;
  }

  private present(): void {
    const { effort } = this;
    if (!effort.isComposed) {
      this.frame.presentPlainly();
      return;
    }
    // Picture 0 was drawn for motion; the still ones begin anew at 1.
    const merged = Math.max(0, this.picture - 1);
    this.frame.present(merged, effort.samples, this.hovered, Math.min(1.6, radius(this.options.box) / 8));
  }

  dispose(): void {
    this.isDisposed = true;
    if (this.hasDrawn) cancelAnimationFrame(this.request);
    clearTimeout(this.restTimer);
    this.observer.disconnect();
    this.canvas.removeEventListener('webglcontextrestored', this.onRestored);
    this.rig.dispose();
    this.tileset.dispose();
    this.uploads.dispose();
    this.surroundings.dispose();
    this.pipeTubes.dispose();
    this.floorAreas.dispose();
    this.materials.dispose();
    this.states.dispose();
    this.options.easel.wipe();
  }
}
