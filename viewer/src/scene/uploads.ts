import { Mesh, PerspectiveCamera, WebGLRenderTarget, type BufferGeometry, type Object3D, type Scene, type WebGLRenderer } from 'three';
import type { Disposable } from '@/scene/disposable';

/** How long the page may stand still for it, ms. */
const SLICE_MS = 12;

/**
 * Tiles that the card does not have yet. three.js hands a geometry over within the picture that shows it first, so that a picture
 * of many new tiles holds the page for a second; here they go a few at a time, between pictures.
 */
export class Uploads implements Disposable {
  private readonly waiting = new Set<Object3D>();
  private readonly camera = new PerspectiveCamera();
  private readonly target = new WebGLRenderTarget(1, 1, { count: 2, depthBuffer: false });

  constructor(private readonly renderer: WebGLRenderer) {}

  add(tile: Object3D): void {
    this.waiting.add(tile);
  }

  remove(tile: Object3D): void {
    this.waiting.delete(tile);
  }

  get areWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** Hand some over. */
  slice(ms = SLICE_MS): void {
    const until = performance.now() + ms;
    for (const tile of this.waiting) {
      this.waiting.delete(tile);
      this.hand(tile);
      if (performance.now() > until) return;
    }
  }

  /** Draw no triangle of it: three.js hands over what it draws from all the same. */
  private hand(tile: Object3D): void {
    const { renderer } = this;
    const geometries = new Set<BufferGeometry>();
    tile.traverse((one) => {
      if (one instanceof Mesh) geometries.add(one.geometry as BufferGeometry);
    });
    for (const geometry of geometries) geometry.setDrawRange(0, 0);
    renderer.setRenderTarget(this.target);
    renderer.render(tile as Scene, this.camera);
    renderer.setRenderTarget(null);
    for (const geometry of geometries) geometry.setDrawRange(0, Infinity);
  }

  dispose(): void {
    this.waiting.clear();
    this.target.dispose();
  }
}
