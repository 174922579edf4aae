/** How much is drawn of a picture. */
export interface Effort {
  /** Lines and shade, or the bare elements. */
  isComposed: boolean;
  /** Samples of shade a pixel. */
  samples: number;
  /** Share of the picture's width and height that is drawn, then stretched. */
  share: number;
}

const EFFORTS: readonly Effort[] = [
  { isComposed: true, samples: 5, share: 1 },
  { isComposed: true, samples: 0, share: 1 },
  { isComposed: false, samples: 0, share: 1 },
  { isComposed: false, samples: 0, share: 0.5 },
];
/** Without a graphics card every pixel costs: no lines, no shade. */
const PLAIN = 2;
/** What a still view gets on any machine. */
export const STILL: Effort = { isComposed: true, samples: 5, share: 1 };

/** Slower than this in motion, and the next lesser effort is taken. */
const SLOW_MS = 40;
/** So many slow frames in a row: one may be a tile being unpacked. */
const PATIENCE = 4;

/** Finds the effort at which motion stays fluent on this machine; starts with the best and only steps down. */
export class Pace {
  private level: number;
  private slow = 0;
  private last = 0;

  /** `isSoftware`: there is no graphics card, so begin without lines and shade. */
  constructor(private readonly isSoftware: boolean) {
    this.level = isSoftware ? PLAIN : 0;
  }

  get moving(): Effort {
    return EFFORTS[this.level] ?? STILL;
  }

  /** Pictures that are merged while the view stands still: smooth edges and shade without multisampling. */
  get stillPictures(): number {
    return this.isSoftware ? 4 : this.level === 0 ? 16 : 8;
  }

  /** How long to wait after motion before refining, ms: a drag may go on. */
  get restMs(): number {
    return this.level === 0 ? 100 : 250;
  }

  /**
   * While tiles come, how long a picture stands before they are shown, ms: the processor unpacks them, or draws.
   * Each of the `shown` pictures was of more than the one before it. When most of them are here (`share`), the
   * whole picture is near and is waited for longer.
   */
  tilesMs(shown: number, share: number): number {
    if (!this.isSoftware) return 0;
    return Math.min(300 * 2 ** shown * (share > 0.5 ? 3 : 1), 10_000);
  }

  /** Note a frame in motion, by the clock of requestAnimationFrame, ms. */
  note(now: number): void {
    const interval = now - this.last;
    this.last = now;
    if (interval > 1000) return; // motion has just begun
    this.slow = interval > SLOW_MS ? this.slow + 1 : 0;
    if (this.slow < PATIENCE) return;
    this.slow = 0;
    this.level = Math.min(this.level + 1, EFFORTS.length - 1);
  }

  /** Another window size, another chance. */
  reset(): void {
    this.level = this.isSoftware ? PLAIN : 0;
    this.slow = 0;
  }
}
