/** The clock of China: UTC+8 all year and everywhere, so that a day is always 24 hours. */

export const DAY_MS = 86_400_000;
export const CHINA_MS = 8 * 3_600_000;

/** The day in China of an instant, as `2026-11-22`. */
export function dayOf(instant_ms: number): string {
  return new Date(instant_ms + CHINA_MS).toISOString().slice(0, 10);
}
