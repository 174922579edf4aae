/** Work orders and rounds as the dispatcher's desk sorts them. The server decides who may do what. */
import { DAY_MS, dayOf } from '@/core/chinaTime';

export const OPEN_STATES = ['reported', 'assigned', 'accepted', 'in_progress', 'on_hold', 'done'] as const;
export const OVER_STATES = ['closed', 'rejected'] as const;
export const URGENCIES = ['emergency', 'urgent', 'normal', 'low'] as const;
export const FAULTS = [
  'leak', 'blocked', 'no_supply', 'power', 'lighting', 'climate', 'fire_safety', 'lift', 'door_window', 'fabric', 'furniture', 'network', 'smell', 'other',
] as const;

/** What a desk looks at: what nobody has yet, what runs, what is late, what waits to be approved, what is over. */
export const GROUPS = ['waiting', 'running', 'overdue', 'checking', 'over'] as const;
export type Group = (typeof GROUPS)[number];

export interface Standing {
  state: string;
  due: string | null;
  urgency: string;
  at: string;
}

/** Late is what somebody still has to do; work that waits for its approval is not. */
export function isOverdue({ state, due }: Pick<Standing, 'state' | 'due'>, now: Date): boolean {
  return due !== null && isToBeDone(state) && new Date(due).getTime() < now.getTime();
}

function isToBeDone(state: string): boolean {
  return state !== 'done' && !isOver(state);
}

export function isOver(state: string): boolean {
  return OVER_STATES.some((one) => one === state);
}

export function isInGroup(order: Standing, group: Group, now: Date): boolean {
  switch (group) {
    case 'waiting': return order.state === 'reported';
    case 'running': return isToBeDone(order.state) && order.state !== 'reported';
    case 'overdue': return isOverdue(order, now);
    case 'checking': return order.state === 'done';
    case 'over': return isOver(order.state);
  }
}

/** The order in which a desk should look: emergencies that nobody has or that are late, what is late, then by urgency; the oldest first. */
export function byNeed<O extends Standing>(orders: readonly O[], now: Date): O[] {
  const rank = (order: O): number => {
    const at = URGENCIES.findIndex((one) => one === order.urgency);
    const isLate = isOverdue(order, now);
    if (order.urgency === 'emergency' && (isLate || order.state === 'reported')) return 0;
    return (isLate ? 1 : 10) + (at < 0 ? URGENCIES.length : at);
  };
  return [...orders].sort((a, b) => rank(a) - rank(b) || a.at.localeCompare(b.at));
}

/** What a deed needs to be told, so that the server takes it. */
export function needsOf(deed: string): { person: boolean; note: boolean; work: boolean } {
  return { person: deed === 'assign', note: ['reject', 'decline', 'hold', 'send_back', 'note'].includes(deed), work: deed === 'finish' };
}

/** The day in China that is so many days after a time, as `2026-11-22`. */
export function dayAfter(now: Date, days: number): string {
  return dayOf(now.getTime() + days * DAY_MS);
}

/** Where a day ends for whoever works in China: what is due on it is late after 18:00. */
export function endOfDay(day: string): string | null {
  const time = `${day}T18:00:00+08:00`;
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(time)) ? time : null;
}

/** How far off a due time is, in the largest unit that says it; negative is late. */
export function untilDue(due: string, now: Date): { unit: 'hours' | 'days'; count: number; isLate: boolean } {
  const hours = (new Date(due).getTime() - now.getTime()) / 3_600_000;
  const isLate = hours < 0;
  const size = Math.abs(hours);
  return size < 48 ? { unit: 'hours', count: Math.max(1, Math.round(size)), isLate } : { unit: 'days', count: Math.round(size / 24), isLate };
}

/** What is looked at in a thing of a kind, unless the planner says otherwise. */
export const CHECKS = [
  'leak', 'valve_turns', 'valve_position', 'meter', 'pressure', 'temperature', 'noise', 'extinguisher', 'hydrant', 'exit', 'lighting', 'clean', 'lock',
] as const;
const USUAL_CHECKS: Readonly<Record<string, readonly string[]>> = {
  valve: ['leak', 'valve_position', 'valve_turns'], pipe: ['leak'], device: ['leak', 'noise'], terminal: ['leak'], fitting: ['leak'], room: ['leak', 'lighting'],
};
export function usualChecks(kind: string): string[] {
  return [...(USUAL_CHECKS[kind] ?? ['leak'])];
}

export interface WalkLike { on: string; state: string; visited: number; stops: number }

/** The walk of a round that a desk looks at: the oldest that is late, else the one that is due, else the next. */
export function walkAtHand<W extends WalkLike>(walks: readonly W[]): W | null {
  const sorted = [...walks].sort((a, b) => a.on.localeCompare(b.on));
  return ['overdue', 'due', 'coming'].map((state) => sorted.find((walk) => walk.state === state)).find((walk) => walk !== undefined) ?? sorted.at(-1) ?? null;
}
