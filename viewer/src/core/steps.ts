/** Long reckoning in steps: done at once where it is short, and by pieces that let the page draw where it is long. */
import { breath } from '@/core/breath';

/** Yields wherever it may rest, and returns what it has reckoned. */
export type Steps<T> = Generator<undefined, T>;

/** So long the page may be kept from drawing, ms. */
export const LONGEST_MS = 12;
/** Rows between two looks at the clock. */
const ROWS = 256;
/** Rows that are sorted without a rest. */
const CHUNK = 2048;

/** Go on for some time, at least a step; null when it was not enough. */
export function advance<T>(steps: Steps<T>, lasts_ms: number): { value: T } | null {
  const begun = performance.now();
  do {
    const step = steps.next();
    if (step.done) return { value: step.value };
  } while (performance.now() - begun < lasts_ms);
  return null;
}

/** Go on to the end without a rest. */
export function finish<T>(steps: Steps<T>): T {
  return (advance(steps, Infinity) as { value: T }).value;
}

/** Go on to the end with rests; null when it was told to stop. */
export async function walk<T>(steps: Steps<T>, signal: AbortSignal): Promise<{ value: T } | null> {
  for (;;) {
    await breath();
    if (signal.aborted) return null;
    const done = advance(steps, LONGEST_MS);
    if (done) return done;
  }
}

export function* mapSteps<A, B>(rows: readonly A[], make: (row: A, i: number) => B): Steps<B[]> {
  const made: B[] = [];
  for (const [i, row] of rows.entries()) {
    if (i % ROWS === ROWS - 1) yield;
    made.push(make(row, i));
  }
  return made;
}

export function* filterSteps<A>(rows: readonly A[], isKept: (row: A) => boolean): Steps<A[]> {
  const kept: A[] = [];
  for (const [i, row] of rows.entries()) {
    if (i % ROWS === ROWS - 1) yield;
    if (isKept(row)) kept.push(row);
  }
  return kept;
}

/** Sort in a new list; what is equal stays in its order. */
export function* sortSteps<A>(rows: readonly A[], compare: (a: A, b: A) => number): Steps<A[]> {
  let runs: A[][] = [];
  for (let at = 0; at < rows.length; at += CHUNK) {
    if (at) yield;
    runs.push(rows.slice(at, at + CHUNK).sort(compare));
  }
  while (runs.length > 1) {
    const merged: A[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* mergeSteps(runs[i] ?? [], runs[i + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeSteps<A>(left: readonly A[], right: readonly A[], compare: (a: A, b: A) => number): Steps<A[]> {
  const merged: A[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (merged.length % CHUNK === 0) yield;
    merged.push(compare(left[i] as A, right[j] as A) <= 0 ? (left[i++] as A) : (right[j++] as A));
  }
  for (; i < left.length; i += 1) merged.push(left[i] as A);
  for (; j < right.length; j += 1) merged.push(right[j] as A);
  return merged;
}
