/** Planned closures as a list and a calendar show them. The server decides who may do what. */
import { DAY_MS, dayOf } from '@/core/chinaTime';

export const OPEN_STATES = ['planned', 'under_way'] as const;
/** What one looks for: what comes, what runs, what should be over or begun by now, what gets in another's way, what is over. */
export const GROUPS = ['planned', 'under_way', 'late', 'clashing', 'over'] as const;
export type Group = (typeof GROUPS)[number];
/** A sign of its own shape for each state. */
export const STATE_SIGNS: Readonly<Record<string, string>> = { planned: '○', under_way: '●', ended: '✓', cancelled: '✕' };

export interface Standing {
  id: string;
  state: string;
  from: string;
  until: string;
  valves: readonly string[];
  rooms: readonly string[];
}

const at = (time: string): number => Date.parse(time);

export function isOpen({ state }: Pick<Standing, 'state'>): boolean {
  return OPEN_STATES.some((one) => one === state);
}

/** Planned and not begun in time, or under way longer than planned. */
export function isLate(one: Pick<Standing, 'state' | 'from' | 'until'>, now_ms: number): boolean {
  return (one.state === 'planned' && at(one.from) < now_ms) || (one.state === 'under_way' && at(one.until) < now_ms);
}

/** Open closures that meet another in time and in a valve or a room, by id. What goes dry only by both is told by the server of each. */
export function clashesOf(closures: readonly Standing[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const open = closures.filter(isOpen).sort((a, b) => at(a.from) - at(b.from));
  open.forEach((one, i) => {
    const held = new Set([...one.valves, ...one.rooms]);
    for (const other of open.slice(i + 1)) {
      if (at(other.from) >= at(one.until)) break; // the later ones begin later still
      if (![...other.valves, ...other.rooms].some((code) => held.has(code))) continue;
      found.set(one.id, [...(found.get(one.id) ?? []), other.id]);
      found.set(other.id, [...(found.get(other.id) ?? []), one.id]);
    }
  });
  return found;
}

export function isInGroup(one: Standing, group: Group, now_ms: number, clashes: ReadonlyMap<string, unknown>): boolean {
  switch (group) {
    case 'planned': return one.state === 'planned';
    case 'under_way': return one.state === 'under_way';
    case 'late': return isLate(one, now_ms);
    case 'clashing': return clashes.has(one.id);
    case 'over': return !isOpen(one);
  }
}

/** The weeks, from Monday, that hold a month (`2026-11`), each of seven days. */
export function weeksOf(month: string): string[][] {
  const first = Date.parse(`${month}-01T00:00:00Z`);
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS;
  const weeks: string[][] = [];
  for (let week = monday; week === monday || new Date(week).toISOString().slice(0, 7) === month; week += 7 * DAY_MS) {
    weeks.push(Array.from({ length: 7 }, (_, i) => new Date(week + i * DAY_MS).toISOString().slice(0, 10)));
  }
  return weeks;
}

/** The month that is so many months after another. */
export function monthAfter(month: string, months: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** What is closed for any part of each day, by day; the earlier first. An end at midnight is no part of the next day. */
export function byDay<C extends Standing>(closures: readonly C[]): Map<string, C[]> {
  const found = new Map<string, C[]>();
  for (const one of [...closures].sort((a, b) => at(a.from) - at(b.from))) {
    for (let day = dayOf(at(one.from)); day <= dayOf(at(one.until) - 1); day = dayOf(Date.parse(`${day}T00:00:00+08:00`) + DAY_MS)) {
      found.set(day, [...(found.get(day) ?? []), one]);
    }
  }
  return found;
}

/** How each valve of a closure stands in it: shut by it, not workable any more, or still to be shut; the next to be shut is told. */
export type ValveStanding = 'shut' | 'unworkable' | 'next' | 'waiting';
export function valveStandings(closure: { state: string; valves: readonly string[]; shut: readonly string[]; unworkable: readonly string[] }): { code: string; standing: ValveStanding }[] {
  let isNextTold = closure.state !== 'under_way';
  return closure.valves.map((code) => {
    if (closure.shut.includes(code)) return { code, standing: 'shut' };
    if (closure.unworkable.includes(code)) return { code, standing: 'unworkable' };
    if (isNextTold) return { code, standing: 'waiting' };
    isNextTold = true;
    return { code, standing: 'next' };
  });
}
