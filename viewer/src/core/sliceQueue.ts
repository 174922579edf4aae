/** In which order the parts of a large site are asked for: what somebody waits for first, then what a picture does, then the rest. */

export interface Slices {
  /** A thing is in slice `ordinal / width`, rounded down. */
  readonly width: number;
  readonly numbers: readonly number[];
}

const AT_ONCE = 2;
const PAUSE_MS = 10_000;

interface Waiter {
  promise: Promise<void>;
  resolve: () => void;
  reject: (failure: unknown) => void;
}

export class SliceQueue {
  /** Not asked for yet, or in vain. */
  private readonly left: Set<number>;
  private readonly here = new Set<number>();
  private readonly waiting = new Map<number, Waiter>();
  /** Those of them that somebody asked for: pictures wait for dozens. */
  private readonly wanted = new Set<number>();
  private readonly underway = new Set<number>();
  private pause: ReturnType<typeof setTimeout> | null = null;
  private isOver = false;

  /** @param fetchSlice Brings a slice and puts it where it belongs. @param whole Told once all are here. */
  constructor(private readonly slices: Slices, private readonly fetchSlice: (number: number) => Promise<void>, private readonly whole: () => void) {
    this.left = new Set(slices.numbers);
    this.ask();
  }

  /** Wait for the slices of these ordinals; null when they are here. Fails when one of them does not come. @param isWanted Before all that pictures wait for. */
  ready(ordinals: Iterable<number>, isWanted = false): Promise<void> | null {
    const wanted = new Set<number>();
    for (const ordinal of ordinals) wanted.add(Math.floor(ordinal / this.slices.width));
    const lacking = [...wanted].filter((number) => this.left.has(number) || this.underway.has(number));
    if (lacking.length === 0 || this.isOver) return null;
    const promises = lacking.map((number) => this.promiseOf(number));
    if (isWanted) for (const number of lacking) this.wanted.add(number);
    this.ask();
    return Promise.all(promises).then(() => undefined);
  }

  get isWhole(): boolean {
    return this.here.size === this.slices.numbers.length;
  }

  /** Another site or moment is looked at: nothing more is asked, and who waits goes on without. */
  stop(): void {
    this.isOver = true;
    if (this.pause) clearTimeout(this.pause);
    for (const { resolve } of this.waiting.values()) resolve();
    this.waiting.clear();
  }

  private promiseOf(number: number): Promise<void> {
    const known = this.waiting.get(number);
    if (known) return known.promise;
    let settle: Pick<Waiter, 'resolve' | 'reject'> | null = null;
    const promise = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    promise.catch(() => undefined); // told to whoever waits
    if (settle) this.waiting.set(number, { promise, ...(settle as Pick<Waiter, 'resolve' | 'reject'>) });
    return promise;
  }

  private next(): number | undefined {
    for (const numbers of [this.wanted, this.waiting.keys()]) for (const number of numbers) if (this.left.has(number)) return number;
    return this.pause ? undefined : this.left.values().next().value;
  }

  private ask(): void {
    while (!this.isOver && this.underway.size < AT_ONCE) {
      const number = this.next();
      if (number === undefined) return;
      this.left.delete(number);
      this.underway.add(number);
      void this.bring(number);
    }
  }

  private async bring(number: number): Promise<void> {
    try {
      await this.fetchSlice(number);
      this.here.add(number);
      this.waiting.get(number)?.resolve();
    } catch (failure) {
      this.left.add(number);
      this.waiting.get(number)?.reject(failure);
      // The rest is asked for again by itself; what a picture waits for, when it asks again.
      this.pause ??= setTimeout(() => {
        this.pause = null;
        this.ask();
      }, PAUSE_MS);
    }
    this.waiting.delete(number);
    this.wanted.delete(number);
    this.underway.delete(number);
    if (this.isOver) return;
    if (this.isWhole) this.whole();
    else this.ask();
  }
}
