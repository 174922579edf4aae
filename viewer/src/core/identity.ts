/** What imports changed, as colours and words; outlines of things side by side. */
import type { Colouring, LegendEntry } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { rgb, type Rgb } from '@/core/palette';
import type { Pattern } from '@/core/tinting';

export const OUTCOMES = ['review', 'changed', 'split', 'merged', 'added', 'retired'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Colour and pattern: told apart in grey and by the colour-blind too. */
const LOOKS: Readonly<Record<Outcome, { colour: Rgb; pattern: Pattern }>> = {
  review: { colour: rgb('#d1495b'), pattern: 2 },
  changed: { colour: rgb('#edae49'), pattern: 0 },
  split: { colour: rgb('#8f6fc2'), pattern: 1 },
  merged: { colour: rgb('#5b8fd9'), pattern: 1 },
  added: { colour: rgb('#3f9e6b'), pattern: 0 },
  retired: { colour: rgb('#8a8f98'), pattern: 2 },
};

export interface Told {
  outcome: string;
  code: string | null;
  ordinal?: number | null;
}

export function isOutcome(word: string): word is Outcome {
  return (OUTCOMES as readonly string[]).includes(word);
}

const FIRST: readonly Outcome[] = ['review', 'split', 'merged', 'changed', 'added', 'retired'];

/** What somebody has to look at first; of one outcome rooms, then what else has a code, then walls and furniture. */
export function byWeight<T extends Told & { kind: string }>(items: readonly T[]): T[] {
  const weight = (one: T): number => (isOutcome(one.outcome) ? FIRST.indexOf(one.outcome) : FIRST.length) * 3 + (one.kind === 'room' ? 0 : one.code ? 1 : 2);
  return [...items].sort((a, b) => weight(a) - weight(b));
}

/** Colour everything that an import changed; what it left as it was stays neutral. */
export function tintByOutcome(features: FeatureTable, items: readonly Told[], titles: Readonly<Record<Outcome, string>>): Colouring {
  const legend: LegendEntry[] = OUTCOMES.map((one) => ({ key: one, title: titles[one], ...LOOKS[one], count: 0, area_m2: 0 }));
  const entryOfRow = new Int16Array(features.rows).fill(-1);
  for (const item of items) {
    const entry = isOutcome(item.outcome) ? OUTCOMES.indexOf(item.outcome) : -1;
    const line = legend[entry];
    if (!line) continue;
    line.count += 1;
    const row = item.code ? features.rowOfCode(item.code) : item.ordinal ? features.rowOfOrdinal(item.ordinal) : 0;
    if (!row) continue;
    entryOfRow[row] = entry;
    const area = features.area(row);
    if (Number.isFinite(area)) line.area_m2 += area;
  }
  return { mode: 'tint', legend, entryOfRow, colourOfEntry: legend.map((one) => one.colour), patternOfEntry: legend.map((one) => one.pattern ?? 0) };
}

/** Why an import asks, by what it says (bim_import.matching). */
const DOUBTS = {
  'partly the same outline': 'outline',
  'pushed a little, or another one of its kind put there': 'pushed',
  'several are called that, and none has a body': 'namesakes',
  'several rooms are called that, and none has an outline': 'namesakeRooms',
  'the same GlobalId, but the number and name of another room': 'guid',
  'the same name, another number, and no outline': 'renumbered',
} as const;
type Doubt = (typeof DOUBTS)[keyof typeof DOUBTS] | 'alike';

/** Which known doubt it is, with how many things it is about; null for one of another version. */
export function doubtOf(said: string): { key: Doubt; count: number } | null {
  const alike = /^(\d+) that nothing tells apart at one place$/.exec(said);
  if (alike) return { key: 'alike', count: Number(alike[1]) };
  const key = (DOUBTS as Readonly<Record<string, Doubt>>)[said.replace(/; in this order$/, '')];
  return key ? { key, count: 1 } : null;
}

type Position = readonly number[];

/** Every line of a GeoJSON geometry: rings of polygons, or the line itself. */
export function linesOf(geometry: unknown): Position[][] {
  if (!geometry || typeof geometry !== 'object') return [];
  const { type, coordinates } = geometry as { type?: string; coordinates?: unknown };
  switch (type) {
    case 'LineString': return [coordinates as Position[]];
    case 'Polygon': return coordinates as Position[][];
    case 'MultiPolygon': return (coordinates as Position[][][]).flat();
    default: return [];
  }
}

export interface Frame {
  viewBox: string;
  /** What is drawn is told from here: a browser draws with few digits, and a grid's coordinates are long. */
  origin: readonly [number, number];
  /** Metres across: what a line's width is reckoned by. */
  size: number;
}

/** One frame for both sides, so that what is the same lies in the same place. */
export function frameOf(lines: readonly Position[][]): Frame | null {
  const points = lines.flat();
  if (!points.length) return null;
  const xs = points.map((point) => point[0] ?? 0);
  const ys = points.map((point) => -(point[1] ?? 0));
  const [x0, y0, x1, y1] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const size = Math.max(x1 - x0, y1 - y0, 0.5);
  const margin = size * 0.08;
  return { origin: [x0, -y0], viewBox: [-margin, -margin, x1 - x0 + 2 * margin, y1 - y0 + 2 * margin].map((value) => value.toFixed(3)).join(' '), size };
}

/** North is up: y turns over. */
export function pathOfLines(lines: readonly Position[][], isClosed = true, [x0, y0]: Frame['origin'] = [0, 0]): string {
  return lines.map((line) => `M${line.map((point) => `${((point[0] ?? 0) - x0).toFixed(3)},${(y0 - (point[1] ?? 0)).toFixed(3)}`).join('L')}${isClosed ? 'Z' : ''}`).join('');
}

const HANGING = ['people', 'sensors', 'orders', 'leases', 'ledger', 'alarms', 'findings'] as const;
type Hanging = (typeof HANGING)[number];

/** What hangs on a thing; people that are there but too few to be counted are 1–2, findings that the reader may not know are left out. */
export function hangsOn(thing: Readonly<Record<Hanging, number | null>>): { what: Hanging; count: number | string }[] {
  return HANGING.flatMap((what) => {
    const count = thing[what] ?? (what === 'people' ? '1–2' : 0);
    return count === 0 ? [] : [{ what, count }];
  });
}

export interface Decided {
  revision?: number;
  decision?: string | null;
  undone?: boolean;
  recorded_at: string | null;
  actor?: string | null;
  reason?: string | null;
}

/** Decisions in a thing's history that still hold, newest first, each once however many facts it told. */
export function standingDecisions<T extends Decided>(history: readonly T[]): (T & { revision: number; decision: string })[] {
  const once = new Map<number, T & { revision: number; decision: string }>();
  for (const entry of history) {
    const { revision, decision } = entry;
    if (revision !== undefined && decision && !entry.undone && !once.has(revision)) once.set(revision, { ...entry, revision, decision });
  }
  return [...once.values()].sort((a, b) => b.revision - a.revision);
}
