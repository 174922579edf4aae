/** How rooms were used over weeks: the share of working hours in which somebody was there, day by day. */
import { CHINA_MS, DAY_MS, dayOf } from '@/core/chinaTime';

/** Working hours in China of which use is told; the week-end is shown, and left out of means. */
export const WORK = { from: 8, to: 18 } as const;

export interface UsedHours {
  time: readonly string[];
  /** Share of an hour in which a sensor said yes; null = it said nothing. */
  mean?: readonly (number | null)[] | null;
}

/** The share of the working hours of each day that are known; a day without any is not in it. Several sensors of a room count as their highest. */
export function useByDay(series: readonly UsedHours[]): Map<string, number> {
  const hours = new Map<number, number>();
  for (const { time, mean } of series) {
    time.forEach((at, i) => {
      const share = mean?.[i];
      const local = new Date(Date.parse(at) + CHINA_MS);
      if (typeof share !== 'number' || local.getUTCHours() < WORK.from || local.getUTCHours() >= WORK.to) return;
      hours.set(Date.parse(at), Math.max(hours.get(Date.parse(at)) ?? 0, Math.min(1, Math.max(0, share))));
    });
  }
  const days = new Map<string, { sum: number; count: number }>();
  for (const [at, share] of hours) {
    const held = days.get(dayOf(at)) ?? { sum: 0, count: 0 };
    days.set(dayOf(at), { sum: held.sum + share, count: held.count + 1 });
  }
  return new Map([...days].map(([day, { sum, count }]) => [day, sum / count]));
}

export function isWeekend(day: string): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

/** Mean over working days; null when none is known. */
export function meanUse(days: ReadonlyMap<string, number>): number | null {
  const known = [...days].filter(([day]) => !isWeekend(day)).map(([, share]) => share);
  return known.length ? known.reduce((sum, share) => sum + share, 0) / known.length : null;
}

/** The days up to an instant in China, the earlier first. */
export function lastDays(until_ms: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => dayOf(until_ms - (count - 1 - i) * DAY_MS));
}

export interface UsedRoom {
  code: string;
  use: string | null;
  mean: number | null;
}

/** Rooms by what they are for: how many, and how much they were used where that is known; the least used first, the unknown last. */
export function byUse(rooms: readonly UsedRoom[]): { use: string; rooms: number; known: number; mean: number | null }[] {
  const found = new Map<string, UsedRoom[]>();
  for (const room of rooms) found.set(room.use ?? '', [...(found.get(room.use ?? '') ?? []), room]);
  return [...found].map(([use, held]) => {
    const known = held.flatMap(({ mean }) => (mean === null ? [] : [mean]));
    return { use, rooms: held.length, known: known.length, mean: known.length ? known.reduce((sum, share) => sum + share, 0) / known.length : null };
  }).sort((a, b) => Number(a.mean === null) - Number(b.mean === null) || (a.mean ?? 0) - (b.mean ?? 0));
}
