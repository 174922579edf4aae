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
  /** `floor`: seen through, its floor alone is tinted (`core/floors.ts`); `bare`: of no colour in the scene; `bold`: pipes, their fittings and valves are drawn thicker than they are. */
  weight?: 'floor' | 'bare' | 'bold';
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
    const entryOf = Int32Array.from([-1, ...entryOfWord], (entry) => (entry < 0 ? none : entry));
    if (scope === 'rooms') {
      enterRooms(features.rooms, column, entryOf, entryOfRow);
    } else {
      const isOfAll = scope === 'all';
      const inLayer = answers(features.dictionaries.layer, (word) => isOfAll || word === 'services');
      if (isOfAll) inLayer[0] = 1;
      const hasSystem = answers(features.dictionaries.system, (word) => word !== '');
      enterRows(asked, features.rows, features.columns, inLayer, hasSystem, column, entryOf, entryOfRow);
    }
    countRows(asked, features, legend, entryOfRow, scope === 'rooms');
    asked = features.rows;
  };
  grow();
  // All rooms are here from the first.
  return { mode, legend, entryOfRow, colourOfEntry, ...(scope === 'rooms' ? {} : { grow }) };
}

// Loops over rows stand in functions of their own and do as little a row as there is to do: a browser runs the
// first ten thousands of rows untranslated, which is most of what recolouring takes.

function enterRooms(rooms: readonly number[], column: Int32Array, entryOf: Int32Array, entryOfRow: Int16Array): void {
  for (const row of rooms) {
    entryOfRow[row] = entryOf[(column[row] as number) + 1] as number;
  }
}

/** Enter rows of the layers or of any of the systems that are asked for; tables begin with the answer for no word. */
function enterRows(from: number, to: number, { layer, system }: FeatureTable['columns'], inLayer: Uint8Array, hasSystem: Uint8Array, column: Int32Array, entryOf: Int32Array, entryOfRow: Int16Array): void {
  for (let row = from; row < to; row += 1) {
    if (inLayer[(layer[row] as number) + 1] === 1 || hasSystem[(system[row] as number) + 1] === 1) entryOfRow[row] = entryOf[(column[row] as number) + 1] as number;
  }
}

/** Add to the legend how many rows from one on have each entry, and the area of those that are rooms. */
function countRows(from: number, { rows, rooms, areas }: FeatureTable, legend: readonly LegendEntry[], entryOfRow: Int16Array, isOfRooms: boolean): void {
  const counts = new Uint32Array(legend.length + 1); // behind those of no entry
  const measured = new Float64Array(legend.length + 1);
  if (!isOfRooms) {
    for (let row = from; row < rows; row += 1) {
      const entry = (entryOfRow[row] as number) + 1;
      counts[entry] = (counts[entry] as number) + 1;
    }
  }
  for (const row of rooms) {
    if (row < from) continue;
    const entry = (entryOfRow[row] as number) + 1;
    const area = areas[row - 1] as number;
    if (isOfRooms) counts[entry] = (counts[entry] as number) + 1;
    if (Number.isFinite(area)) measured[entry] = (measured[entry] as number) + area;
  }
  legend.forEach((line, entry) => {
    line.count += counts[entry + 1] ?? 0;
    line.area_m2 += measured[entry + 1] ?? 0;
  });
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
  const { dictionaries, columns: { kind, layer, storey, building } } = features;
  const isEverywhere = look.isolated.size === 0;
  const isStorey = answers(dictionaries.storey, (code) => look.isolated.has(code));
  const isBuilding = answers(dictionaries.building, (code) => look.isolated.has(code));
  // Someone who isolates a storey wants to look into it: what lies over the rooms goes.
  const shapes = shapesOf(features, colouring, look, isStorey.includes(1));
  const { kinds, outside, bare, kept, spoken } = shapes;
  const { entryOfRow } = colouring;
  const own = Int32Array.from(colouring.colourOfEntry, (colour, i) => texelOf(colour) | (ownFlags(colouring, i, look) << 24));
  // A texel at once; every machine that runs a browser stores the least byte, red, first.
  const texels = new Int32Array(state.texels.buffer);
  let ghosts = from === 0 ? 0 : state.ghosts;

  for (let row = from; row < to; row += 1) {
    const entry = entryOfRow[row] ?? -1;
    let shape = ((layer[row] as number) + 1) * kinds + (kind[row] as number) + 1;
    if (!isEverywhere && isStorey[(storey[row] as number) + 1] === 0 && isBuilding[(building[row] as number) + 1] === 0) shape += outside;
    const texel = entry < 0 ? (bare[shape] as number) : ((own[entry] as number) & (kept[shape] as number)) | (spoken[shape] as number);
    texels[row] = texel;
    ghosts += (texel >> GHOST_BIT) & 1;
  }
  state.ghosts = ghosts;
}

const GHOST_BIT = 24 + Math.log2(Flag.ghost);

const ownFlags = ({ legend, patternOfEntry }: Colouring, entry: number, look: Appearance): number => {
  const line = legend[entry];
  const isGhost = line !== undefined && (look.muted.has(line.key) || line.weight === 'floor');
  return (isGhost ? Flag.ghost : 0) | (line?.weight === 'bold' ? Flag.bold : 0) | ((patternOfEntry?.[entry] ?? 0) * Flag.pattern);
};

/** What layer and kind decide of a texel, for every pair of them: found at `(layer + 1) * kinds + kind + 1`, and `outside` farther for what lies outside the isolation. */
interface Shapes {
  kinds: number;
  outside: number;
  /** The texel of what the colouring says nothing about. */
  bare: Int32Array;
  /** What is kept of a legend entry's texel, and what is added to it. */
  kept: Int32Array;
  spoken: Int32Array;
}

function shapesOf({ dictionaries }: FeatureTable, colouring: Colouring, look: Appearance, isOverheadGone: boolean): Shapes {
  const layers = [null, ...dictionaries.layer];
  const kinds = [null, ...dictionaries.kind];
  const size = layers.length * kinds.length;
  const [bare, kept, spoken] = [new Int32Array(2 * size), new Int32Array(2 * size), new Int32Array(2 * size)];
  const isByLayer = colouring.mode === 'layer';
  for (let shape = 0; shape < 2 * size; shape += 1) {
    const [word, kind] = [layers[Math.floor((shape % size) / kinds.length)] ?? null, kinds[shape % kinds.length] ?? null];
    const isRoomKind = kind === 'room';
    const isPeeled = word !== null && look.peeled.has(word);
    const isOverhead = word !== null && isOverheadGone && OVERHEAD.has(word);
    const isOutside = shape >= size;
    const flags = (isSpokenOf: boolean): number => {
      if (isPeeled) return Flag.hidden;
      if (isOutside) return look.outside === 'hidden' ? Flag.hidden : Flag.ghost;
      if (isOverhead) return Flag.hidden;
      return look.xray && (isByLayer ? !isRoomKind : !isSpokenOf) ? Flag.ghost : 0;
    };
    const always = isRoomKind ? Flag.room : 0;
    bare[shape] = texelOf((word === null ? undefined : LAYERS[word]) ?? NEUTRAL) | ((flags(false) | always) << 24);
    spoken[shape] = (flags(true) | always) << 24;
    kept[shape] = kind === null || THIN.has(kind) ? ~0 : ~(Flag.bold << 24);
  }
  return { kinds: kinds.length, outside: size, bare, kept, spoken };
}
