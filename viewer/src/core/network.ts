import type { Direction, IsolationAnswer, TraceAnswer } from '@/api/pipes';
import type { Colouring, LegendEntry } from '@/core/colouring';
import { UNKNOWN_ROW, type FeatureTable } from '@/core/features';
import type { Point } from '@/core/measure';
import { NETWORK_COLOURS, NEUTRAL } from '@/core/palette';

/** What a thing is in an answer about pipes; the first that fits wins where it is several. */
export const PARTS = ['asked', 'valve', 'source', 'terminal', 'cutOff', 'deadEnd', 'looped', 'room', 'dry', 'near', 'reached'] as const;
export type Part = (typeof PARTS)[number];

export interface PartOfAnswer {
  code: string;
  part: Part;
}

/** Every thing once, under the first part of {@link PARTS} that names it; in the order of the parts. */
export function partsOf(named: Partial<Record<Part, readonly string[]>>): PartOfAnswer[] {
  const seen = new Set<string>();
  return PARTS.flatMap((part) => (named[part] ?? []).flatMap((code) => {
    if (seen.has(code)) return [];
    seen.add(code);
    return [{ code, part }];
  }));
}

/** What a trace reached. What it was asked of is no source or end of its own unless nothing else is. */
export function partsOfTrace(asked: string, found: TraceAnswer): PartOfAnswer[] {
  return partsOf({
    asked: [asked], source: found.sources, terminal: found.terminals, room: found.rooms, deadEnd: found.dead_ends,
    looped: found.looped, cutOff: found.cut_off, reached: found.codes,
  });
}

export function partsOfClosing(asked: readonly string[], found: Pick<IsolationAnswer, 'rooms' | 'devices' | 'hydrants'>, valves: readonly string[], dry: readonly string[]): PartOfAnswer[] {
  return partsOf({ asked, valve: valves, room: found.rooms, terminal: [...found.devices, ...found.hydrants], dry });
}

/** Pipes and valves are what one looks for; whole rooms would hide them: their floors tell which they are. */
const lookOf = (part: Part): Pick<LegendEntry, 'weight' | 'pattern'> => (part === 'room' ? { weight: 'floor', pattern: 1 } : { weight: 'bold' });

/** Colour the things of an answer by their part; the rest is a ghost. */
export function colourParts(table: FeatureTable, parts: readonly PartOfAnswer[], titleOf: (part: Part) => string): Colouring {
  const entryOfRow = new Int16Array(table.rows).fill(-1);
  const legend = PARTS.map((part) => ({ key: part, title: titleOf(part), colour: NETWORK_COLOURS[part] ?? NETWORK_COLOURS['reached'] ?? NEUTRAL, count: 0, area_m2: 0, ...lookOf(part) }));
  for (const { code, part } of parts) {
    const row = table.rowOfCode(code);
    const entry = PARTS.indexOf(part);
    const line = legend[entry];
    if (row === UNKNOWN_ROW || !line) continue;
    entryOfRow[row] = entry;
    line.count += 1;
  }
  return { mode: 'tint', legend, entryOfRow, colourOfEntry: legend.map((entry) => entry.colour) };
}

/** Whether the network can be asked about a thing. */
export function isInNetwork(kind: string, system: string | null | undefined): boolean {
  return Boolean(system) || ['pipe', 'fitting', 'valve', 'terminal', 'device'].includes(kind);
}

/** Point that lies `depth` behind a surface, metres. */
export function behind(at: Point, inward: Point, depth_m: number): Point {
  return [at[0] + inward[0] * depth_m, at[1] + inward[1] * depth_m, at[2] + inward[2] * depth_m];
}

export function add(a: Point, b: readonly number[]): Point {
  return [a[0] + (b[0] ?? 0), a[1] + (b[1] ?? 0), a[2] + (b[2] ?? 0)];
}

export function subtract(a: readonly number[], b: readonly number[]): Point {
  return [(a[0] ?? 0) - (b[0] ?? 0), (a[1] ?? 0) - (b[1] ?? 0), (a[2] ?? 0) - (b[2] ?? 0)];
}

/** A sign of its own shape for each answer to "may I drill". */
export const DRILL_SIGNS = { red: '✕', amber: '▲', green: '✓', unknown: '?' } as const;
export type DrillVerdict = keyof typeof DRILL_SIGNS;

export const DIRECTIONS: readonly Direction[] = ['up', 'down', 'both'];
/** As the registry's facts have them. */
export const POSITIONS = ['open', 'closed', 'stuck', 'unknown'] as const;
/** What to peel away to come to a pipe, from the inside of a room outwards. */
export const PEELED = ['finish', 'wall', 'ceiling', 'slab'] as const;
