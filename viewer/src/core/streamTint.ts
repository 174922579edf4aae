/** Rooms coloured by what their sensors say now; what has been silent too long is told as that, not as its last word. */
import type { Colouring } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { UNKNOWN, VERDICT_COLOURS } from '@/core/palette';
import { isStale, type Result } from '@/core/streams';
import { colouringOf, tintByNumbers, unknownClass, type Class, type RangeWords } from '@/core/tinting';

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
  range: RangeWords;
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
  const values = [...valueOfRooms(streams, now_ms)].map(([code, value]) => [features.rowOfCode(code), value] as const);
  if (values.some(([, value]) => typeof value === 'number')) {
    return tintByNumbers(features, new Map(values.map(([row, value]) => [row, value === null ? null : Number(value)] as const)), words.range, words.stale);
  }
  const classes: Class[] = [
    { key: 'no', title: words.no, colour: VERDICT_COLOURS['within'] ?? UNKNOWN, pattern: 0 },
    { key: 'yes', title: words.yes, colour: VERDICT_COLOURS['over'] ?? UNKNOWN, pattern: 1 },
    unknownClass('stale', words.stale),
  ];
  return colouringOf('tint', features, classes, values.map(([row, value]) => [row, value === null ? 2 : Number(value)] as const));
}
