/** Colourings of rooms by values that the server reckons: verdicts, holders, area a person, days of being idle. */
import type { Colouring, LegendEntry } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { CATEGORIES, NEUTRAL, SEQUENCE, UNKNOWN, VERDICT_COLOURS, type Rgb } from '@/core/palette';

export const VALUE_MODES = ['verdict', 'unit', 'area_per_person', 'idle_days'] as const;
export type ValueMode = (typeof VALUE_MODES)[number];

/** How numbers are parted: as many rooms in each class, classes as wide as one another, or at the standard's own ceilings. */
export const BREAKS = ['quantile', 'equal', 'limits'] as const;
export type Breaks = (typeof BREAKS)[number];

/** Nothing, hatch, dots, cross-hatch: drawn on floors and in the legend, so that no colour speaks alone. */
export type Pattern = 0 | 1 | 2 | 3;

/** One value a room; see `GET /api/features/values`. */
export interface RoomValues {
  by: string;
  ordinal: readonly number[];
  value: readonly (number | null)[];
  dictionary: readonly string[] | null;
  titles: readonly string[] | null;
  limits: readonly number[];
}

const VERDICT_PATTERNS: Readonly<Record<string, Pattern>> = { over: 1, unknown: 2, within: 0 };
const CLASSES = SEQUENCE.length;

/** Inner bounds of classes, ascending and without repetition; numbers that are read easily where the choice is free. */
export function breaksOf(values: readonly number[], how: Breaks, limits: readonly number[] = []): number[] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined || least === most) return [];
  const inner = (bounds: readonly number[]): number[] => [...new Set(bounds)].filter((bound) => bound > least && bound <= most).sort((a, b) => a - b);
  if (how === 'limits') {
    const within = inner(limits);
    // More ceilings than shades: keep those that part the rooms most evenly.
    return within.length < CLASSES ? within : inner(Array.from({ length: CLASSES - 1 }, (_, i) => within[Math.round(((i + 1) * (within.length - 1)) / CLASSES)] ?? 0));
  }
  const parts = Array.from({ length: CLASSES - 1 }, (_, i) =>
    how === 'equal' ? least + ((i + 1) * (most - least)) / CLASSES : (sorted[Math.floor(((i + 1) * sorted.length) / CLASSES)] ?? least));
  return inner(parts.map((bound) => plain(bound, most - least)));
}

/** A bound rounded to what its range can tell apart. */
function plain(bound: number, range: number): number {
  const step = 10 ** Math.floor(Math.log10(range / 20));
  return Number((Math.round(bound / step) * step).toPrecision(12));
}

export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** How many values lie in each of `bins` equal parts of their range. */
export function histogram(values: readonly number[], bins: number): Bin[] {
  const known = values.filter(Number.isFinite);
  let [least, most] = [Infinity, -Infinity];
  for (const value of known) [least, most] = [Math.min(least, value), Math.max(most, value)]; // too many to be arguments of one call
  if (known.length === 0) return [];
  if (least === most) return [{ from: least, to: most, count: known.length }];
  const width = (most - least) / bins;
  const out = Array.from({ length: bins }, (_, i) => ({ from: least + i * width, to: least + (i + 1) * width, count: 0 }));
  for (const value of known) {
    const bin = out[Math.min(bins - 1, Math.floor((value - least) / width))];
    if (bin) bin.count += 1;
  }
  return out;
}

export interface Class {
  key: string;
  title?: string;
  colour: Rgb;
  pattern: Pattern;
  range?: readonly [number, number];
}

/** What has no value: of its own colour and pattern, whatever the others are. */
export const unknownClass = (key: string, title?: string): Class => ({ key, colour: UNKNOWN, pattern: 2, ...(title === undefined ? {} : { title }) });

/** The colouring that puts rows into classes; each class counts its rows and their area. Unknown rows (0) are left out. */
export function colouringOf(mode: Colouring['mode'], features: FeatureTable, classes: readonly Class[], entries: Iterable<readonly [row: number, entry: number]>): Colouring {
  const entryOfRow = new Int16Array(features.rows).fill(-1);
  const legend: LegendEntry[] = classes.map((one) => ({ ...one, count: 0, area_m2: 0 }));
  for (const [row, entry] of entries) {
    const line = legend[entry];
    if (!row || !line) continue;
    entryOfRow[row] = entry;
    line.count += 1;
    const area = features.area(row);
    if (Number.isFinite(area)) line.area_m2 += area;
  }
  return { mode, legend, entryOfRow, colourOfEntry: classes.map((one) => one.colour), patternOfEntry: classes.map((one) => one.pattern) };
}

function wordClasses(values: RoomValues): Class[] {
  return (values.dictionary ?? []).map((word, i) => ({
    key: word,
    title: values.titles?.[i] ?? word,
    colour: VERDICT_COLOURS[word] ?? CATEGORIES[i % CATEGORIES.length] ?? NEUTRAL,
    // Where the colours begin again, another pattern tells the words apart.
    pattern: VERDICT_PATTERNS[word] ?? ((Math.floor(i / CATEGORIES.length) % 4) as Pattern),
  }));
}

/** The class of a number among inner bounds. */
export function classAt(value: number, bounds: readonly number[]): number {
  const above = bounds.findIndex((bound) => value < bound);
  return above < 0 ? bounds.length : above;
}

/** How a class of numbers is called; null where it is open. */
export type RangeWords = (from: number | null, to: number | null) => string;

/** Classes of numbers from light to dark; named by `words`, else by their `range`. */
export function numberClasses(bounds: readonly number[], words?: RangeWords): Class[] {
  const edges = [-Infinity, ...bounds, Infinity];
  return edges.slice(0, -1).map((from, i) => ({
    key: `${from}..${edges[i + 1] ?? Infinity}`,
    colour: SEQUENCE[Math.round((i * (CLASSES - 1)) / Math.max(1, edges.length - 2))] ?? NEUTRAL,
    pattern: 0,
    ...(words ? { title: words(i === 0 ? null : from, bounds[i] ?? null) } : { range: [from, edges[i + 1] ?? Infinity] as const }),
  }));
}

/** Give each room its legend entry by its value; rooms of the answer without a value are "not known". */
export function tintBy(mode: ValueMode, features: FeatureTable, values: RoomValues, how: Breaks): Colouring {
  const isWords = values.dictionary !== null;
  const numbers = isWords ? [] : values.value.filter((value): value is number => value !== null);
  const bounds = breaksOf(numbers, how, values.limits);
  const classes = [...(isWords ? wordClasses(values) : numberClasses(bounds)), unknownClass('')];
  const entryOf = (value: number | null): number => (value === null ? classes.length - 1 : isWords ? value : classAt(value, bounds));
  const entries = values.ordinal.map((ordinal, i) => [features.rowOfOrdinal(ordinal), entryOf(values.value[i] ?? null)] as const);
  return { ...colouringOf(mode, features, classes, entries), ...(isWords ? {} : { numbers }) };
}

/** Add to a colouring of rooms a line for those that it leaves as they are: counted, and of no colour there either. */
export function withBareRooms(colouring: Colouring, features: FeatureTable, title: string): Colouring {
  const rows = features.rooms.filter((row) => colouring.entryOfRow[row] === -1);
  const areas = rows.map((row) => features.area(row)).filter(Number.isFinite);
  const line: LegendEntry = { key: 'bare', title, colour: NEUTRAL, weight: 'bare', count: rows.length, area_m2: areas.reduce((sum, area) => sum + area, 0) };
  return { ...colouring, legend: [...colouring.legend, line] };
}

/** A page's own colouring by a number a row, in classes of equal width; null is "not known", under a name of its own where there may be such. */
export function tintByNumbers(features: FeatureTable, values: ReadonlyMap<number, number | null>, words: RangeWords, unknown?: string): Colouring {
  const numbers = [...values.values()].filter((value) => value !== null);
  const bounds = breaksOf(numbers, 'equal');
  // One number everywhere has no bounds and is its own range; no number at all has no class.
  const told: RangeWords = (low, high) => (low === null && high === null ? words(numbers[0] ?? null, numbers[0] ?? null) : words(low, high));
  const classes = [...(numbers.length ? numberClasses(bounds, told) : []), ...(unknown === undefined ? [] : [unknownClass('unknown', unknown)])];
  return colouringOf('tint', features, classes, [...values].map(([row, value]) => [row, value === null ? classes.length - 1 : classAt(value, bounds)] as const));
}
