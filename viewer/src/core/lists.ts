/** What a list does with its rows, apart from showing them. */
import { filterSteps, mapSteps, sortSteps, type Steps } from '@/core/steps';

export type Cell = string | number | null;

export interface Column<Row> {
  key: string;
  title: string;
  /** What sorts, filters and is exported. */
  value: (row: Row) => Cell;
  /** What is shown, where that differs. */
  text?: (row: Row) => string;
  /** Least width in pixels; what is left over goes to columns by `share` (1 unless told; 0 = never wider). */
  width: number;
  share?: number;
  align?: 'start' | 'end';
  /** Narrow lists leave out the columns of the highest rank first; rank 0 stays. */
  rank?: number;
  /** Offers its words as a choice above the list. */
  isChoice?: boolean;
}

export interface Order {
  key: string;
  isDown: boolean;
}

const collator = new Intl.Collator('zh-CN', { numeric: true });

/** Nothing, or a number that is none: it has no place in any order. */
function isMissing(cell: Cell): boolean {
  return cell === null || Number.isNaN(cell);
}

/** Order of two cells; what is missing comes last whichever way the list is turned. */
export function compareCells(a: Cell, b: Cell, isDown: boolean): number {
  const [lacksA, lacksB] = [isMissing(a), isMissing(b)];
  if (lacksA || lacksB) return Number(lacksA) - Number(lacksB);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b));
  return isDown ? -order : order;
}

/**
 * A key by which codes and numbers are in the collator's order when compared as they are: runs of digits by how many
 * they are, then by themselves. Null for words that the collator must be asked about, which takes ten times as long.
 */
export function plainKey(word: string): string | null {
  if (!/^[0-9A-Z-]*$/.test(word)) return null;
  let isLong = false;
  const key = word.replace(/[0-9]+/g, (digits) => {
    const stripped = digits.replace(/^0+/, '');
    isLong ||= stripped.length > 9;
    return `${stripped.length}${stripped}`;
  });
  return isLong ? null : key;
}

/** The place of each word among all; words that the collator takes for equal share one. */
function* placesOf(words: Iterable<string>): Steps<Map<string, number>> {
  interface Keyed { word: string; key: string | null }
  const keyed = yield* mapSteps<string, Keyed>([...new Set(words)], (word) => ({ word, key: plainKey(word) }));
  const isPlain = keyed.every(({ key }) => key !== null);
  const compare = (a: Keyed, b: Keyed): number => (isPlain ? ((a.key ?? '') < (b.key ?? '') ? -1 : Number(a.key !== b.key)) : collator.compare(a.word, b.word));
  const sorted = yield* sortSteps(keyed, compare);
  const places = new Map<string, number>();
  let place = 0;
  yield* mapSteps(sorted, (one, i) => {
    const before = sorted[i - 1];
    if (before && compare(before, one) !== 0) place = i;
    places.set(one.word, place);
  });
  return places;
}

function* sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null): Steps<readonly Row[]> {
  const column = columns.find((one) => one.key === order?.key);
  if (!column || !order) return rows;
  const keyed = yield* mapSteps(rows, (row) => ({ row, cell: column.value(row) }));
  if (keyed.some(({ cell }) => typeof cell === 'string')) {
    // Rows say the same words again and again: each is compared with the others once.
    const places = yield* placesOf(keyed.flatMap(({ cell }) => (cell === null ? [] : [String(cell)])));
    for (const one of keyed) if (one.cell !== null) one.cell = places.get(String(one.cell)) ?? 0;
  }
  const inOrder = yield* sortSteps(keyed, (a, b) => compareCells(a.cell, b.cell, order.isDown));
  return inOrder.map(({ row }) => row);
}

/** Rows that hold every word of a text somewhere, and the chosen word in each column that has a choice. */
function* filtered<Row>(rows: readonly Row[], columns: readonly Column<Row>[], text: string, choices: Readonly<Record<string, string>>): Steps<readonly Row[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = columns.filter((column) => choices[column.key]);
  if (words.length === 0 && chosen.length === 0) return rows;
  return yield* filterSteps(rows, (row) => {
    if (chosen.some((column) => String(column.value(row) ?? '') !== choices[column.key])) return false;
    if (words.length === 0) return true;
    const held = columns.map((column) => `${column.value(row) ?? ''} ${column.text?.(row) ?? ''}`).join(' ').toLowerCase();
    return words.every((word) => held.includes(word));
  });
}

/** What of its rows a list shows, in which order. */
export interface Arrangement {
  text: string;
  choices: Readonly<Record<string, string>>;
  order: Order | null;
}

export function* arrange<Row>(rows: readonly Row[], columns: readonly Column<Row>[], { text, choices, order }: Arrangement): Steps<readonly Row[]> {
  return yield* sorted(yield* filtered(rows, columns, text, choices), columns, order);
}

/** The words of a column with how many rows hold each, the most frequent first; none where there are more than `most`. */
export function wordsOf<Row>(rows: readonly Row[], column: Column<Row>, most = Infinity): { word: string; text: string; count: number }[] {
  const found = new Map<string, { word: string; text: string; count: number }>();
  for (const row of rows) {
    const word = String(column.value(row) ?? '');
    if (!word) continue;
    const entry = found.get(word);
    if (entry) entry.count += 1;
    else if (found.size >= most) return [];
    else found.set(word, { word, text: column.text?.(row) ?? word, count: 1 });
  }
  return [...found.values()].sort((a, b) => b.count - a.count || collator.compare(a.text, b.text));
}

/** Pixels of a title of 12 px with its sign and its edges. */
function titleWidth(title: string): number {
  return [...title].reduce((sum, letter) => sum + (letter > '\u2e80' ? 12 : 6.8), 24);
}

/** Columns that fit into a width in pixels, in their order; each at least as wide as its title. */
export function fitColumns<Row>(columns: readonly Column<Row>[], width: number): Column<Row>[] {
  const kept = columns.map((column) => ({ ...column, width: Math.max(column.width, titleWidth(column.title)) }));
  const sum = (): number => kept.reduce((all, column) => all + column.width, 0);
  while (sum() > width) {
    const rank = Math.max(...kept.map((column) => column.rank ?? 0));
    if (rank === 0) break;
    kept.splice(kept.map((column) => column.rank ?? 0).lastIndexOf(rank), 1);
  }
  return kept;
}

/** Rows to draw for a scrolled place, a few beyond each edge so that none is seen missing. */
export function windowOf(count: number, rowHeight: number, top: number, height: number, beyond = 8): { from: number; to: number } {
  const from = Math.max(0, Math.floor(top / rowHeight) - beyond);
  return { from, to: Math.min(count, Math.ceil((top + height) / rowHeight) + beyond) };
}
