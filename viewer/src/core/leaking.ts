import type { LeakAnswer, LeakReason, LeakSuspect } from '@/api/pipes';
import { isRoom, type Colouring } from '@/core/colouring';
import { UNKNOWN_ROW, type FeatureTable } from '@/core/features';
import { LEAK_COLOURS, NETWORK_COLOURS, NEUTRAL } from '@/core/palette';

/** A stretch between valves that may leak: what to close, and the probability that it leaks. */
export interface Stretch {
  rank: number;
  share: number;
  codes: readonly string[];
  valves: readonly string[];
  /** The part of it to look at first. */
  first: string | null;
  reasons: readonly Reason[];
}

export interface Candidate {
  rank: number;
  code: string;
  system: string | null;
  kind: string;
  /** The probability that it leaks. */
  share: number;
  /** The same against the likeliest one, which has 1: it gives the colour. */
  strength: number;
  reasons: readonly Reason[];
}

/** Why something is suspected, taken apart so that it can be said in any language. */
export type Reason =
  | { why: 'wet' | 'dry'; of: string; distance_m: number }
  | { why: 'zone'; loss: string }
  | { why: 'pressure' | 'against' };

/** Take a reason of the server's with the values that belong to it. */
export function reasonOf({ why, of, distance_m, loss_m3h }: LeakReason): Reason {
  switch (why) {
    case 'wet':
    case 'dry': return { why, of: of ?? '', distance_m: distance_m ?? 0 };
    case 'zone': return { why, loss: (loss_m3h ?? 0).toFixed(3) };
    case 'pressure':
    case 'against': return { why };
  }
}

export function candidatesOf({ suspects }: Pick<LeakAnswer, 'suspects'>): Candidate[] {
  const best = Math.max(...suspects.map((one) => one.score), Number.MIN_VALUE);
  return suspects
    .filter((one): one is LeakSuspect & { code: string } => one.code !== null)
    .map((one, i) => ({ rank: i + 1, code: one.code, system: one.system, kind: one.kind, share: one.score, strength: one.score / best, reasons: one.because.map(reasonOf) }));
}

export function stretchesOf({ segments, suspects }: Pick<LeakAnswer, 'segments' | 'suspects'>): Stretch[] {
  return segments.map(({ codes, share, valves, because }, i) => ({
    rank: i + 1, share, codes, valves, reasons: because.map(reasonOf),
    first: suspects.find((one) => one.code !== null && codes.includes(one.code))?.code ?? codes[0] ?? null,
  }));
}

/** Classes of strength, the strongest first; the rank stands in the scene too, so that nobody needs to tell colours. */
export const STRENGTHS = ['strong', 'middle', 'weak'] as const;
export type Strength = (typeof STRENGTHS)[number];
export function strengthOf(strength: number): Strength {
  return strength >= 2 / 3 ? 'strong' : strength >= 1 / 3 ? 'middle' : 'weak';
}

/** Candidates by strength, the rest of their stretches faint, valves to close and wet places as what they are; of wet rooms the floors alone (`core/floors.ts`). */
export function colourLeaks(table: FeatureTable, shown: { candidates: readonly Candidate[]; stretch: Stretch | null; wet: readonly string[] }, titleOf: (key: Strength | 'stretch' | 'valve' | 'wet') => string): Colouring {
  const keys = [...STRENGTHS, 'stretch', 'valve', 'wet'] as const;
  const entryOfRow = new Int16Array(table.rows).fill(-1);
  const legend = keys.map((key) => ({ key, title: titleOf(key), colour: LEAK_COLOURS[key] ?? NETWORK_COLOURS[key] ?? NEUTRAL, count: 0, area_m2: 0, ...(key === 'wet' ? { pattern: 1 as const } : { weight: 'bold' as const }) }));
  const mark = (code: string, key: (typeof keys)[number]): void => {
    const row = table.rowOfCode(code);
    const at = keys.indexOf(key);
    if (row === UNKNOWN_ROW || entryOfRow[row] !== -1) return;
    if (key !== 'wet' || !isRoom(table, row)) entryOfRow[row] = at; // a whole room would hide the pipes in it
    const line = legend[at];
    if (line) line.count += 1;
  };
  for (const code of shown.stretch?.valves ?? []) mark(code, 'valve');
  for (const one of shown.candidates) mark(one.code, strengthOf(one.strength));
  for (const code of new Set(shown.wet)) mark(code, 'wet');
  for (const code of shown.stretch?.codes ?? []) mark(code, 'stretch');
  return { mode: 'tint', legend, entryOfRow, colourOfEntry: legend.map((one) => one.colour) };
}
