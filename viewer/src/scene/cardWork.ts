/** A picture that takes longer than this is waited for before the next is begun, ms. */
const LONG_MS = 100;

/**
 * What the card was given to draw and has not drawn yet.
 *
 * Who gives more to a card that is behind, or asks it anything, is held until it has done all that: with a processor that draws,
 * seconds for a large site. A fence (`ARB_sync`, WebGL 2) tells without holding anybody.
 */
export class CardWork {
  private fence: WebGLSync | null = null;
  private since = 0;
  private lasted_ms = 0;

  constructor(private readonly gl: WebGL2RenderingContext) {}

  /** A picture was given. */
  given(): void {
    this.gl.deleteSync(this.fence);
    this.fence = this.gl.fenceSync(this.gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.gl.flush();
    this.since = performance.now();
  }

  /** Whether something is still to be drawn; a context that was lost draws nothing. */
  get isBusy(): boolean {
    if (!this.fence) return false;
    if (this.gl.getSyncParameter(this.fence, this.gl.SYNC_STATUS) === this.gl.UNSIGNALED) return true;
    this.gl.deleteSync(this.fence);
    this.fence = null;
    this.lasted_ms = performance.now() - this.since;
    return false;
  }

  /** Whether whoever draws now would be held: quick pictures may wait in line behind one another. */
  get isBehind(): boolean {
    return this.isBusy && Math.max(this.lasted_ms, performance.now() - this.since) > LONG_MS;
  }
}
