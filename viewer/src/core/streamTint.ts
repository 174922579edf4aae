/** Rooms coloured by what their sensors say now; what has been silent too long is told as that, not as its last word. */
import type { Colouring, LegendEntry } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { SEQUENCE, UNKNOWN, VERDICT_COLOURS, type Rgb } from '@/core/palette';
import { isStale, type Result } from '@/core/streams';
import { breaksOf, type Pattern } from '@/core/tinting';

export interface Newest {
  sensor: string;
  code: string | null;
  property: string | null;
  unit: string | null;
  time: string | null;
  result: Result | null;
}

export interface TintWords {
  stale: string;
  yes: string;
  no: string;
  /** The name of a class from one bound up to another; null where it is open. */
  range: (from: number | null, to: number | null) => string;
}

/** What a room's streams of one property say together: the mean of numbers, yes where any says yes; null when all are stale. */
export function valueOfRooms(streams: readonly Newest[], now_ms: number): Map<string, number | boolean | null> {
  const told = new Map<string, (number | boolean)[]>();
  for (const { code, time, result } of streams) {
    if (!code) continue;
    const held = told.get(code) ?? [];
    if (!isStale(time, now_ms) && (typeof result === 'number' || typeof result === 'boolean')) held.push(result);
    told.set(code, held);
  }
  return new Map([...told].map(([code, values]): [string, number | boolean | null] => {
    const numbers = values.filter((value) => typeof value === 'number');
    if (numbers.length) return [code, numbers.reduce((sum, value) => sum + value, 0) / numbers.length];
    return [code, values.length ? values.some(Boolean) : null];
  }));
}

export function tintByStreams(features: FeatureTable, streams: readonly Newest[], now_ms: number, words: TintWords): Colouring {
  const values = valueOfRooms(streams, now_ms);
  const numbers = [...values.values()].filter((value) => typeof value === 'number');
  const isYesNo = numbers.length === 0;
  const bounds = isYesNo ? [] : breaksOf(numbers, 'equal');
  const edges: (number | null)[] = [null, ...bounds, null];
  const classes: { key: string; title: string; colour: Rgb; pattern: Pattern }[] = isYesNo
    ? [{ key: 'no', title: words.no, colour: VERDICT_COLOURS['within'] ?? UNKNOWN, pattern: 0 }, { key: 'yes', title: words.yes, colour: VERDICT_COLOURS['over'] ?? UNKNOWN, pattern: 1 }]
    : edges.slice(0, -1).map((from, i) => ({ key: String(i), title: words.range(from ?? null, edges[i + 1] ?? null), colour: SEQUENCE[Math.round((i * (SEQUENCE.length - 1)) / Math.max(1, edges.length - 2))] ?? UNKNOWN, pattern: 0 as Pattern }));
  const legend: LegendEntry[] = [...classes, { key: 'stale', title: words.stale, colour: UNKNOWN, pattern: 2 as Pattern }].map((one) => ({ ...one, count: 0, area_m2: 0 }));
  const entryOfRow = new Int16Array(features.rows).fill(-1);
  for (const [code, value] of values) {
    const row = features.rowOfCode(code);
    if (!row) continue;
    const above = typeof value === 'number' ? bounds.findIndex((bound) => value < bound) : -1;
    const entry = value === null ? legend.length - 1 : typeof value === 'boolean' ? Number(value) : above < 0 ? bounds.length : above;
    entryOfRow[row] = entry;
    const line = legend[entry];
    if (!line) continue;
    line.count += 1;
    const area = features.area(row);
    if (Number.isFinite(area)) line.area_m2 += area;
  }
  return { mode: 'tint', legend, entryOfRow, colourOfEntry: legend.map((one) => one.colour), patternOfEntry: legend.map((one) => one.pattern ?? 0) };
}
