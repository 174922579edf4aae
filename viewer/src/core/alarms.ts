/** Alarms after ISA-18.2 as a list shows them. */
import type { FAULTS, URGENCIES } from '@/core/faults';

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];
/** A sign of its own for each, so that colour never speaks alone. */
export const SIGNS: Readonly<Record<Severity, string>> = { critical: '◆', high: '▲', medium: '●', low: '○' };

export interface Alarmed {
  id: number;
  severity: Severity;
  state: string;
  since: string;
  flood: boolean;
}

/** What nobody has acknowledged first, then the gravest, then the newest. */
export function inOrder<A extends Alarmed>(alarms: readonly A[]): A[] {
  return [...alarms].sort((a, b) =>
    Number(a.state !== 'active') - Number(b.state !== 'active') || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.since.localeCompare(a.since) || b.id - a.id);
}

export function countBySeverity(alarms: readonly Alarmed[]): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of alarms) counts[severity] += 1;
  return counts;
}

/**
 * Place and fault without the reading: of `办公主楼 0110 湿度: 湿度过高 (66 %)` the last part changes and stands beside it.
 * @param beside What a list says of the place in columns of its own, in the order of the message: it is left out here.
 */
export function titleOfAlarm(message: string, beside: readonly (string | null)[] = []): string {
  const whole = message.replace(/\s\([^()]*\)$/, '');
  return beside.reduce<string>((title, word) => (word && title.startsWith(`${word} `) ? title.slice(word.length + 1) : title), whole);
}

type Fault = (typeof FAULTS)[number];
const FAULT_OF: readonly (readonly [RegExp, Fault])[] = [
  [/leak|manhole|flood|water/, 'leak'],
  [/smoke|fire|gas/, 'fire_safety'],
  [/door|cover|window/, 'door_window'],
  [/warm|hot|temperature|damp|dry|air/, 'climate'],
  [/silent/, 'network'],
];

/** Kind of fault that a work order about an alarm begins with; people change it. */
export function faultOf(rule: string): Fault {
  return FAULT_OF.find(([pattern]) => pattern.test(rule))?.[1] ?? 'other';
}

export const URGENCY_OF: Readonly<Record<Severity, (typeof URGENCIES)[number]>> = { critical: 'emergency', high: 'urgent', medium: 'normal', low: 'low' };

/** Ends that shelving is offered with, in hours. */
export const SHELVE_HOURS = [1, 4, 8, 24, 72] as const;
