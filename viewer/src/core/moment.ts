import { CHINA_MS } from '@/core/chinaTime';

/**
 * The two clocks of an answer: `at`, when it was true in the world, and `known`, when it was known to us.
 * Null is now. Times are written with the offset of China (UTC+8, all of it), whatever the reader's machine has.
 */
export interface Moment {
  at: string | null;
  known: string | null;
}

export const NOW: Moment = { at: null, known: null };

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

export function isNow({ at, known }: Moment): boolean {
  return at === null && known === null;
}

export function isSame(one: Moment, other: Moment): boolean {
  return one.at === other.at && one.known === other.known;
}

/** A moment's clock from a link: null for what is no time, as a date alone is the start of that day in China. */
export function readClock(text: string | null): string | null {
  // A plus sign left bare in a link arrives as a blank.
  const written = text?.trim().replace(/ (?=\d{2}:\d{2}$)/, '+') ?? '';
  return TIME.test(written) && !Number.isNaN(instantOf(written)) ? written : null;
}

/** Milliseconds since 1970 of a clock. */
export function instantOf(clock: string): number {
  return Date.parse(clock.length === 10 ? `${clock}T00:00:00+08:00` : clock);
}

/** What a `datetime-local` field shows for a clock: China's minute. */
export function fieldOf(clock: string | null): string {
  return clock === null ? '' : new Date(instantOf(clock) + CHINA_MS).toISOString().slice(0, 16);
}

/** The clock that a `datetime-local` field means; null for an empty one. */
export function clockOf(field: string): string | null {
  return field ? readClock(`${field.slice(0, 16)}:00+08:00`) : null;
}

/** Whether a moment speaks of what has been, or of what is planned: a band says which. */
export function tenseOf({ at }: Moment, now: number): 'past' | 'future' {
  return at !== null && instantOf(at) > now ? 'future' : 'past';
}
