/** The energy book as the page shows it: the tree of meters, imbalances, and what was beside what was expected. */

export interface BookItem {
  code: string;
  kind: string;
  name: string | null;
  used: number | null;
  used_per_m2: number | null;
  parts: number | null;
  by: string | null;
  /** What it lies in. */
  within: string | null;
}

export interface MeterNode<I extends BookItem> {
  item: I;
  children: MeterNode<I>[];
}

/** Each place below the one that it lies in; those that lie in nothing of the book stand at the top, in the book's order. */
export function meterTree<I extends BookItem>(items: readonly I[]): MeterNode<I>[] {
  const nodes = new Map(items.map((item) => [item.code, { item, children: [] as MeterNode<I>[] }]));
  const roots: MeterNode<I>[] = [];
  for (const node of nodes.values()) {
    const parent = nodes.get(node.item.within ?? '');
    (parent && parent !== node ? parent.children : roots).push(node);
  }
  return roots;
}

/** What a place's own meter counted beyond those within, and its share; null where only one of them counts. */
export function imbalanceOf({ used, parts, by }: BookItem): { amount: number; share: number | null } | null {
  if (by !== 'own' || used === null || parts === null) return null;
  return { amount: used - parts, share: used > 0 ? (used - parts) / used : null };
}

/** Beyond this share a meter and those within it disagree: the rule `meters-disagree` of the book. */
export const APART = 0.1;

export function isApart(item: BookItem): boolean {
  const share = imbalanceOf(item)?.share;
  return share !== null && share !== undefined && Math.abs(share) > APART;
}

/** The value by which a room is coloured: its own, or that of the storey it lies in; rooms without one are left as they are, as those that no book names. */
export function heatOf(items: readonly BookItem[], level: 'room' | 'storey', rooms: readonly { code: string; row: number; storey: string | null }[]): Map<number, number> {
  const byCode = new Map(items.map((item) => [item.code, item.used_per_m2]));
  return new Map(rooms.flatMap(({ code, row, storey }) => {
    const value = byCode.get(level === 'room' ? code : (storey ?? '')) ?? null;
    return value === null ? [] : [[row, value] as const];
  }));
}

export interface Hour {
  at_s: number;
  value: number | null;
}
export interface ExpectedHour {
  time: string;
  /** Null where nothing could be expected. */
  result: number | null;
  error: number;
}
export interface Compared {
  at_s: number[];
  measured: (number | null)[];
  expected: (number | null)[];
  least: (number | null)[];
  most: (number | null)[];
}

/** What was measured and what was expected of the same hours, in one order; the band is the usual error to both sides, and nothing is used below zero. */
export function compare(measured: readonly Hour[], expected: readonly ExpectedHour[]): Compared {
  const was = new Map(measured.map(({ at_s, value }) => [at_s, value]));
  const told = new Map(expected.flatMap(({ time, result, error }) => (result === null ? [] : [[Date.parse(time) / 1000, { result, error }] as const])));
  const at_s = [...new Set([...was.keys(), ...told.keys()])].sort((a, b) => a - b);
  return {
    at_s,
    measured: at_s.map((at) => was.get(at) ?? null),
    expected: at_s.map((at) => told.get(at)?.result ?? null),
    least: at_s.map((at) => { const hour = told.get(at); return hour ? Math.max(0, hour.result - hour.error) : null; }),
    most: at_s.map((at) => { const hour = told.get(at); return hour ? hour.result + hour.error : null; }),
  };
}

/** How many times as far off as usual an hour has to be before it is told. */
const UNUSUAL = 3;

/** Hours that were further from what was expected than thrice the usual error; the furthest first. */
export function deviations({ at_s, measured, expected, most }: Compared): { at_s: number; by: number }[] {
  return at_s.flatMap((at, i) => {
    const [was, told, upper] = [measured[i], expected[i], most[i]];
    if (typeof was !== 'number' || typeof told !== 'number' || typeof upper !== 'number') return [];
    const by = was - told;
    return Math.abs(by) > UNUSUAL * (upper - told) && by !== 0 ? [{ at_s: at, by }] : [];
  }).sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
}
