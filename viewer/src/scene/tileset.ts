import type { Camera, Group, Object3D } from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { PriorityQueue, TilesRenderer } from '3d-tiles-renderer';
import type { Disposable } from '@/scene/disposable';
import type { ElementMaterials } from '@/scene/elementMaterial';
import type { Uploads } from '@/scene/uploads';
import { OrdinalReader, prepareTile, readTile, releaseTile, type RowLookup } from '@/scene/tileContent';

export interface TilesetEvents {
  /** A tile came, went or changed: draw again. */
  changed(): void;
  /** Share of the wanted tiles that are here, 0 to 1. */
  progressed(share: number): void;
  failed(error: Error): void;
}

/** How large a thing may be on the screen, pixels, that a coarse tile leaves out. */
const USUAL_ERROR_PX = 8;
const FINE_ERROR_PX = 1;

/** As counted when a tile is read, with the columns of its file that are then let go: about twice what the card keeps. */
const MOST_BYTES = 2 ** 30;

const PARSED_AT_ONCE = 5;
const NODES_AT_ONCE = 25;

export type LoadFile = (url: string, options: RequestInit) => Promise<Response>;

interface Node {
  refine?: 'ADD' | 'REPLACE';
}

/** A tileset that was read already, and the address that its tiles are relative to. */
export interface TilesetText {
  url: string;
  text: string;
}

/**
 * The tileset without the place of its root on the earth. What remains are metres about the
 * site's origin: small numbers, exact in float32, and no scale of a map projection in them.
 */
function siteLocal(text: string): unknown {
  const tileset = JSON.parse(text) as { root: Node & { transform?: number[]; children?: Node[] } };
  delete tileset.root.transform;
  // Nothing stands at the root that its children would replace: each is shown when it is here, not when all are.
  for (const child of tileset.root.children ?? []) child.refine ??= tileset.root.refine ?? 'REPLACE';
  tileset.root.refine = 'ADD';
  return tileset;
}

/** What the renderer keeps of a tile that is here. */
interface LoadedTile {
  engineData: { geometry: unknown[]; metadata: unknown };
}

/**
 * Let go of the file that a tile was read from, of what its parser kept of it, and of the columns that the picture has no
 * use for: as much again as the tile itself. What is drawn of it is released by {@link releaseTile}.
 */
function forgetSource(tile: object): void {
  const { engineData } = tile as LoadedTile;
  engineData.metadata = null;
  engineData.geometry = [];
}

/** Work that need not wait for the next picture of the page; there is a breath between its jobs. */
class PromptQueue extends PriorityQueue {
  private isDue = false;

  constructor(jobs: number) {
    super();
    this.maxJobs = jobs;
  }

  override scheduleJobRun(): void {
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => {
      this.isDue = false;
      this.tryRunJobs();
    });
  }
}

/** The site's 3D Tiles, moved from the earth into site-local metres with z up. */
export class SiteTileset implements Disposable {
  /** Whether it is known which tiles there are. */
  isRooted = false;
  private readonly tiles: TilesRenderer;

  constructor({ url, text }: TilesetText, load: LoadFile, materials: ElementMaterials, lookup: RowLookup, gl: WebGL2RenderingContext, uploads: Uploads, private readonly events: TilesetEvents) {
    this.tiles = new TilesRenderer(url);
    this.tiles.registerPlugin({
      name: 'SITE_LOCAL',
      fetchData: (address: string, options: RequestInit) => (address === url ? Promise.resolve(siteLocal(text)) : load(address, options)),
    });
    // Of the extensions for 3D Tiles that the library brings none is needed: ordinals are read by our own.
    const loader = new GLTFLoader(this.tiles.manager).setMeshoptDecoder(MeshoptDecoder).register((parser) => new OrdinalReader(parser));
    this.tiles.manager.addHandler(/\.(gltf|glb)$/, loader);
    this.tiles.registerPlugin({ name: 'ROWS', processTileModel: (scene: Object3D) => readTile(scene, lookup) });
    this.refine(false);
    this.tiles.parseQueue = new PromptQueue(PARSED_AT_ONCE);
    this.tiles.processNodeQueue = new PromptQueue(NODES_AT_ONCE);
    this.tiles.lruCache.maxBytesSize = MOST_BYTES;
    this.tiles.addEventListener('load-root-tileset', () => {
      this.isRooted = true;
      this.ask();
      events.changed();
    });
    this.tiles.addEventListener('load-model', ({ scene, tile }) => {
      prepareTile(scene, materials, gl);
      uploads.add(scene);
      forgetSource(tile);
      events.changed();
    });
    this.tiles.addEventListener('dispose-model', ({ scene }) => {
      uploads.remove(scene);
      releaseTile(scene);
    });
    this.tiles.addEventListener('needs-update', () => {
      events.changed();
    });
    this.tiles.addEventListener('tile-visibility-change', () => {
      events.changed();
    });
    this.tiles.addEventListener('tiles-load-end', () => {
      events.progressed(1);
      events.changed();
    });
    this.tiles.addEventListener('load-error', ({ error }) => {
      events.failed(error);
    });
  }

  /** Coarse tiles leave small things out; whoever asks for pipes wants them from afar too. */
  refine(isFine: boolean): void {
    this.tiles.errorTarget = isFine ? FINE_ERROR_PX : USUAL_ERROR_PX;
  }

  get group(): Group {
    return this.tiles.group;
  }

  /** Share of the wanted tiles that are here, 0 to 1. */
  get share(): number {
    return this.tiles.loadProgress;
  }

  /** `width` and `height` are the picture's, pixels of the canvas. */
  update(camera: Camera, width: number, height: number): void {
    this.tiles.setCamera(camera);
    this.tiles.setResolution(camera, width, height);
    this.ask();
    this.events.progressed(this.share);
  }

  /** Ask for what the camera wants: at once, instead of with the page's next picture. */
  private ask(): void {
    this.tiles.update();
    for (const queue of this.tiles.downloadQueue.originQueues.values()) queue.tryRunJobs();
  }

  forEachModel(visit: (scene: Object3D) => void): void {
    this.tiles.forEachLoadedModel(visit);
  }

  /** Ask again for tiles that failed, as when the line is back. */
  retry(): void {
    this.tiles.resetFailedTiles();
  }

  dispose(): void {
    this.tiles.dispose();
  }
}
