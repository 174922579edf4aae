import { Flag, type ElementState } from '@/core/elementState';
import type { FeatureTable } from '@/core/features';
import { VALUE_MODES, type Pattern, type ValueMode } from '@/core/tinting';
import { CATEGORIES, LAYERS, NEUTRAL, SEQUENCE, SYSTEMS, UNKNOWN, USES, type Rgb } from '@/core/palette';

/** What the table of features itself tells; `tinting.ts` adds what the server reckons. */
export const OWN_MODES = ['layer', 'use', 'storey', 'area', 'building', 'system'] as const;
export type OwnMode = (typeof OWN_MODES)[number];
export const COLOUR_MODES = [...OWN_MODES, ...VALUE_MODES] as const;
export type ColourMode = OwnMode | ValueMode;

/** Which question a mode asks of an element, and of which elements it asks it. */
const MODES: Readonly<Record<OwnMode, { scope: 'all' | 'rooms' | 'services'; by: 'layer' | 'use' | 'storey' | 'building' | 'system' | null }>> = {
  layer: { scope: 'all', by: 'layer' },
  use: { scope: 'rooms', by: 'use' },
  storey: { scope: 'all', by: 'storey' },
  area: { scope: 'rooms', by: null },
  building: { scope: 'all', by: 'building' },
  system: { scope: 'services', by: 'system' },
};

export interface LegendEntry {
  /** Stable within a mode: the dictionary's word, or `from..to` of a class of numbers; "" for no value. */
  key: string;
  /** How the word is read, where the server says so. */
  title?: string;
  colour: Rgb;
  pattern?: Pattern;
  /** `faint`: seen through, as what an answer only touches; `bold`: pipes, their fittings and valves are drawn thicker than they are. */
  weight?: 'faint' | 'bold';
  count: number;
  area_m2: number;
  /** Bounds of a class of numbers; the last class is open above. */
  range?: readonly [from: number, to: number];
}

export interface Colouring {
  /** `tint` is a page's own colouring of rooms. */
  mode: ColourMode | 'tint';
  legend: LegendEntry[];
  /** Legend entry of each row, -1 for elements that the mode says nothing about. */
  entryOfRow: Int16Array;
  colourOfEntry: readonly Rgb[];
  patternOfEntry?: readonly Pattern[];
  /** What the classes were made of, for a histogram. */
  numbers?: readonly number[];
  /** Take the rows that have come since in, too; entries that there were keep their number and colour. */
  grow?: () => void;
}

/** Whether a mode speaks of what walls hide, so that a whole building must be seen through to show it. */
export function looksInside(mode: ColourMode): boolean {
  return isValueMode(mode) || MODES[mode].scope !== 'all';
}

export function isValueMode(mode: ColourMode | 'tint'): mode is ValueMode {
  return (VALUE_MODES as readonly string[]).includes(mode);
}

export function isRoom(features: FeatureTable, row: number): boolean {
  return features.value('kind', row) === 'room';
}

/** For each row, whether `question` holds of its word in a dictionary. */
function rowsWhere(features: FeatureTable, dimension: 'kind' | 'layer' | 'system', question: (word: string) => boolean): (row: number) => boolean {
  const answers = features.dictionaries[dimension].map(question);
  const column = features.columns[dimension];
  return (row) => answers[column[row] ?? -1] === true;
}

/** Choose four to six round bounds for areas, m2, that part the values about evenly. */
export function areaBreaks(areas: readonly number[]): number[] {
  const sorted = areas.filter((area) => Number.isFinite(area) && area > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const breaks: number[] = [];
  for (let part = 1; part < SEQUENCE.length; part += 1) {
    const quantile = sorted[Math.floor((part * sorted.length) / SEQUENCE.length)] ?? 0;
    const step = quantile < 20 ? 1 : quantile < 100 ? 5 : 10 ** Math.floor(Math.log10(quantile) - 0.5);
    const bound = Math.round(quantile / step) * step;
    if (bound > (breaks.at(-1) ?? 0)) breaks.push(bound);
  }
  return breaks;
}

/** Give every element its legend entry, and every entry its colour and count. */
export function colourBy(mode: OwnMode, features: FeatureTable): Colouring {
  const { scope, by } = MODES[mode];
  return by === null ? colourByArea(mode, features) : colourByWord(mode, features, scope, by);
}

/** Counts elements of legend entries, and measures rooms. */
function counter(features: FeatureTable, legend: readonly LegendEntry[], entryOfRow: Int16Array): (row: number, entry: number) => void {
  const inRooms = features.indexOf('kind', 'room');
  const { kind } = features.columns;
  return (row, entry) => {
    const line = legend[entry];
    if (!line) return;
    entryOfRow[row] = entry;
    line.count += 1;
    if (kind[row] !== inRooms) return;
    const area = features.area(row);
    if (Number.isFinite(area)) line.area_m2 += area;
  };
}

function colourByArea(mode: OwnMode, features: FeatureTable): Colouring {
  const entryOfRow = new Int16Array(features.rows).fill(-1);
  const breaks = areaBreaks(features.rooms.map((row) => features.area(row)));
  const bounds = [0, ...breaks, Infinity];
  const legend = bounds.slice(0, -1).map((from, i): LegendEntry => {
    const to = bounds[i + 1] ?? Infinity;
    const colour = SEQUENCE[Math.round((i * (SEQUENCE.length - 1)) / Math.max(1, bounds.length - 2))] ?? NEUTRAL;
    return { key: `${from}..${to}`, colour, count: 0, area_m2: 0, range: [from, to] };
  });
  const none = legend.push({ key: '', colour: UNKNOWN, count: 0, area_m2: 0 }) - 1;
  const note = counter(features, legend, entryOfRow);
  for (const row of features.rooms) {
    const area = features.area(row);
    const at = breaks.findIndex((bound) => area < bound);
    note(row, Number.isFinite(area) ? (at < 0 ? breaks.length : at) : none);
  }
  return { mode, legend, entryOfRow, colourOfEntry: legend.map((entry) => entry.colour) };
}

function colourByWord(mode: OwnMode, features: FeatureTable, scope: 'all' | 'rooms' | 'services', by: 'layer' | 'use' | 'storey' | 'building' | 'system'): Colouring {
  const entryOfRow = new Int16Array(features.capacity).fill(-1);
  const words = features.dictionaries[by];
  const column = features.columns[by];
  const fixed = by === 'layer' ? LAYERS : by === 'system' ? SYSTEMS : by === 'use' ? USES : {};
  const taken = new Set(words.map((word) => fixed[word]).filter((colour) => colour !== undefined));
  const free = CATEGORIES.filter((colour) => !taken.has(colour));
  const legend: LegendEntry[] = [];
  const entryOfWord: number[] = [];
  const colourOfEntry: Rgb[] = [];
  let next = 0;
  const add = (key: string, colour: Rgb): number => {
    colourOfEntry.push(colour);
    return legend.push({ key, colour, count: 0, area_m2: 0 }) - 1;
  };
  const learn = (): void => {
    for (const word of words.slice(entryOfWord.length)) entryOfWord.push(word ? add(word, fixed[word] ?? free[next++ % free.length] ?? NEUTRAL) : -1);
  };
  learn();
  const none = add('', UNKNOWN);
  let asked = 1; // rows that were
  const grow = (): void => {
    learn();
    const note = counter(features, legend, entryOfRow);
    const take = (row: number): void => {
      const entry = entryOfWord[column[row] ?? -1] ?? -1;
      note(row, entry < 0 ? none : entry);
    };
    if (scope === 'rooms') {
      for (const row of features.rooms) take(row);
      return;
    }
    const inServices = rowsWhere(features, 'layer', (word) => word === 'services');
    const hasSystem = rowsWhere(features, 'system', (word) => word !== '');
    for (; asked < features.rows; asked += 1) if (scope === 'all' || inServices(asked) || hasSystem(asked)) take(asked);
  };
  grow();
  // All rooms are here from the first.
  return { mode, legend, entryOfRow, colourOfEntry, ...(scope === 'rooms' ? {} : { grow }) };
}

export interface Appearance {
  /** Only what belongs to these storeys or buildings is solid; empty means everything. */
  isolated: ReadonlySet<string>;
  /** What becomes of things outside the isolation. */
  outside: 'hidden' | 'ghost';
  /** Layers peeled away. */
  peeled: ReadonlySet<string>;
  /** Legend entries switched off. */
  muted: ReadonlySet<string>;
  /** Everything that the colouring says nothing about becomes a ghost; by layer, everything but rooms. */
  xray: boolean;
  hiddenRows: ReadonlySet<number>;
  /** Shown as selected, and solid even where the rest is not. */
  selectedRows: ReadonlySet<number>;
}

/** What a question answers of each word of a dictionary, behind the answer for no word: index + 1 finds it, in one step a row. */
function answers(words: readonly string[], question: (word: string) => boolean): Uint8Array {
  return Uint8Array.from([false, ...words.map(question)], Number);
}

const texelOf = ([red, green, blue]: Rgb): number => red | (green << 8) | (blue << 16);

const OVERHEAD = new Set(['ceiling', 'roof']);
/** What is thin enough to be missed from afar; basins and boilers are not. */
const THIN = new Set(['pipe', 'fitting', 'valve']);

/** Write the texel of every element: its colour and whether it is seen, ghosted or highlighted. */
export function paint(state: ElementState, features: FeatureTable, colouring: Colouring, look: Appearance): void {
  paintRows(state, features, colouring, look, 0, features.rows);
  finishPainting(state, look);
}

/** Mark single rows, which is done last, and tell that there is something to show. */
export function finishPainting(state: ElementState, look: Appearance): void {
  for (const row of look.hiddenRows) state.setFlags(row, Flag.hidden, 0);
  for (const row of look.selectedRows) state.setFlags(row, Flag.selected, Flag.ghost | Flag.hidden);
  state.version += 1;
}

/**
 * Write the texels of some rows: nothing of it is shown before {@link finishPainting}, so that the rows
 * of a large site can be written a few at a time.
 *
 * One pass over the rows, with everything that a dictionary's word decides decided beforehand.
 */
export function paintRows(state: ElementState, features: FeatureTable, colouring: Colouring, look: Appearance, from: number, to: number): void {
  const { layer, storey, building, kind } = features.dictionaries;
  const { columns } = features;
  const isEverywhere = look.isolated.size === 0;
  const isStorey = answers(storey, (code) => look.isolated.has(code));
  const isBuilding = answers(building, (code) => look.isolated.has(code));
  const anyStorey = isStorey.includes(1);
  const isRoomKind = answers(kind, (word) => word === 'room');
  const notBold = answers(kind, (word) => !THIN.has(word));
  const isPeeled = answers(layer, (word) => look.peeled.has(word));
  // Someone who isolates a storey wants to look into it: what lies over the rooms goes.
  const isOverhead = answers(layer, (word) => anyStorey && OVERHEAD.has(word));
  const outside = look.outside === 'hidden' ? Flag.hidden : Flag.ghost;
  const seesThroughLayers = look.xray && colouring.mode === 'layer';
  const seesThroughOthers = look.xray && colouring.mode !== 'layer';
  const base = Uint32Array.from([NEUTRAL, ...layer.map((word) => LAYERS[word] ?? NEUTRAL)], texelOf);
  const own = Uint32Array.from(colouring.colourOfEntry, texelOf);
  const flagsOf = Uint8Array.from(colouring.legend, (entry, i) => (look.muted.has(entry.key) || entry.weight === 'faint' ? Flag.ghost : 0) | (entry.weight === 'bold' ? Flag.bold : 0) | ((colouring.patternOfEntry?.[i] ?? 0) * Flag.pattern));
  // A texel at once; every machine that runs a browser stores the least byte, red, first.
  const texels = new Uint32Array(state.texels.buffer);
  let ghosts = from === 0 ? 0 : state.ghosts;

  for (let row = from; row < to; row += 1) {
    const entry = colouring.entryOfRow[row] ?? -1;
    const inLayer = (columns.layer[row] ?? -1) + 1;
    const isRoomRow = isRoomKind[(columns.kind[row] ?? -1) + 1] === 1;
    let flags = isRoomRow ? Flag.room : 0;
    if (isPeeled[inLayer]) flags |= Flag.hidden;
    else if (!isEverywhere && !isStorey[(columns.storey[row] ?? -1) + 1] && !isBuilding[(columns.building[row] ?? -1) + 1]) flags |= outside;
    else if (isOverhead[inLayer]) flags |= Flag.hidden;
    else if ((seesThroughLayers && !isRoomRow) || (seesThroughOthers && entry < 0)) flags |= Flag.ghost;
    flags |= flagsOf[entry] ?? 0;
    if (notBold[(columns.kind[row] ?? -1) + 1]) flags &= ~Flag.bold;
    texels[row] = ((entry < 0 ? undefined : own[entry]) ?? base[inLayer] ?? 0) | (flags << 24);
    if (flags & Flag.ghost) ghosts += 1;
  }
  state.ghosts = ghosts;
}
