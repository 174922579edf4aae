/** What the shader reads of an element: one RGBA texel, colour in RGB and these bits in A. */
export const Flag = {
  hidden: 1,
  ghost: 2,
  selected: 4,
  room: 8,
  /** Two bits: a {@link Pattern} from 0 to 3, times this. */
  pattern: 16,
  /** Drawn thicker than it is, so that a thin pipe is seen from afar. */
  bold: 64,
} as const;

export const TEXTURE_WIDTH = 1024;

/**
 * The texels of all elements. Colouring, hiding and highlighting write bytes here and nowhere else;
 * `version` tells the GPU side that there is something to upload.
 */
export class ElementState {
  readonly texels: Uint8Array<ArrayBuffer>;
  readonly height: number;
  version = 0;
  ghosts = 0;

  constructor(readonly rows: number) {
    this.height = Math.max(1, Math.ceil(rows / TEXTURE_WIDTH));
    this.texels = new Uint8Array(TEXTURE_WIDTH * this.height * 4);
  }

  flags(row: number): number {
    return this.texels[row * 4 + 3] ?? 0;
  }

  setFlags(row: number, on: number, off: number): void {
    this.texels[row * 4 + 3] = (this.flags(row) & ~off) | on;
  }

  isHidden(row: number): boolean {
    return (this.flags(row) & Flag.hidden) !== 0;
  }
}
