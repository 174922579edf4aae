import type { Dimension, FeatureColumns } from '@/api/types';
import { union, type Box } from '@/core/boxes';
import { codeOfEntry, entryOfCode, packCodes, type PackedCodes } from '@/core/codes';

/** Row 0 belongs to whatever the table does not know (a secret mass, a tile newer than the table). */
export const UNKNOWN_ROW = 0;

/** The columns of a {@link FeatureTable} in buffers that can be handed from a worker to the page without copying. */
export interface PackedFeatures {
  revision: number;
  ordinals: Uint32Array<ArrayBuffer>;
  codes: PackedCodes;
  areas: Float32Array<ArrayBuffer>; // m2, NaN where none
  boxes: Float32Array<ArrayBuffer>; // 6 a row, metres, site-local
  dictionaries: FeatureColumns['dictionaries'];
  /** Dictionary indices by row; entry 0 is -1, as row 0 has no values. */
  columns: Readonly<Record<Dimension, Int32Array<ArrayBuffer>>>;
}

export function packFeatures(answer: FeatureColumns): PackedFeatures {
  const column = (dimension: Dimension): Int32Array<ArrayBuffer> => {
    const indices = new Int32Array(answer.ordinal.length + 1).fill(-1);
    indices.set(answer[dimension], 1);
    return indices;
  };
  return {
    revision: answer.revision,
    ordinals: Uint32Array.from(answer.ordinal),
    codes: packCodes(answer.code),
    areas: Float32Array.from(answer.area_m2, (area) => area ?? Number.NaN),
    boxes: Float32Array.from(answer.box),
    dictionaries: answer.dictionaries,
    columns: {
      kind: column('kind'),
      ifc_class: column('ifc_class'),
      storey: column('storey'),
      building: column('building'),
      use: column('use'),
      system: column('system'),
      layer: column('layer'),
    },
  };
}

/** A run of rows, ascending by ordinal. */
interface Part {
  /** Row of its first entry. */
  readonly first: number;
  readonly ordinals: Uint32Array;
  readonly codes: PackedCodes;
}

const DIMENSIONS = ['kind', 'ifc_class', 'storey', 'building', 'use', 'system', 'layer'] as const satisfies readonly Dimension[];

/**
 * Every element with a body, as columns. A row is an element's place in the colour texture:
 * row r > 0 is entry r - 1 of the columns. A large site comes in parts: what has a row keeps it.
 */
export class FeatureTable {
  readonly revision: number;
  /** One more than there are elements: row 0 is nobody's. */
  rows: number;
  readonly areas: Float32Array<ArrayBuffer>;
  readonly boxes: Float32Array<ArrayBuffer>;
  readonly dictionaries: FeatureColumns['dictionaries'];
  readonly columns: PackedFeatures['columns'];
  /** Rows of the rooms, ascending: most questions are about them, and most elements are none. */
  readonly rooms: number[] = [];
  private readonly parts: Part[];
  private readonly numbers: ReadonlyMap<Dimension, Map<string, number>>;
  private readonly ofBuildings = new Map<string, Box>();

  /** @param capacity Rows that there may be when all parts are here; unless told there is one part. */
  constructor(packed: PackedFeatures, readonly capacity = packed.ordinals.length + 1) {
    const hasRoom = capacity > packed.ordinals.length + 1;
    this.revision = packed.revision;
    this.rows = packed.ordinals.length + 1;
    this.parts = [{ first: 1, ordinals: packed.ordinals, codes: packed.codes }];
    this.areas = hasRoom ? new Float32Array(capacity) : packed.areas;
    this.boxes = hasRoom ? new Float32Array(capacity * 6) : packed.boxes;
    this.dictionaries = packed.dictionaries;
    this.columns = packed.columns;
    if (hasRoom) {
      this.areas.set(packed.areas);
      this.boxes.set(packed.boxes);
      this.columns = Object.fromEntries(DIMENSIONS.map((dimension) => {
        const column = new Int32Array(capacity);
        column.set(packed.columns[dimension]);
        return [dimension, column];
      })) as Record<Dimension, Int32Array<ArrayBuffer>>;
    }
    this.numbers = new Map(DIMENSIONS.map((dimension) => [dimension, new Map(this.dictionaries[dimension].map((word, i) => [word, i]))]));
    this.survey(1);
  }

  /** Take what has come of a large site; its rows follow those that are here. Tells the first of them. */
  append(packed: PackedFeatures): number {
    const first = this.rows;
    const count = packed.ordinals.length;
    if (first + count > this.capacity) throw new RangeError(`found ${first + count} rows, expected at most ${this.capacity}`);
    this.areas.set(packed.areas, first - 1);
    this.boxes.set(packed.boxes, (first - 1) * 6);
    for (const dimension of DIMENSIONS) {
      const translated = Int32Array.from(packed.dictionaries[dimension], (word) => this.numberOf(dimension, word));
      const [from, to] = [packed.columns[dimension], this.columns[dimension]];
      for (let entry = 0; entry < count; entry += 1) to[first + entry] = translated[from[entry + 1] ?? -1] ?? -1;
    }
    this.parts.push({ first, ordinals: packed.ordinals, codes: packed.codes });
    this.rows += count;
    this.survey(first);
    return first;
  }

  private numberOf(dimension: Dimension, word: string): number {
    const numbers = this.numbers.get(dimension);
    const known = numbers?.get(word);
    if (known !== undefined) return known;
    const next = this.dictionaries[dimension].push(word) - 1;
    numbers?.set(word, next);
    return next;
  }

  /** Find the row of an ordinal; {@link UNKNOWN_ROW} when the table has none. */
  rowOfOrdinal(ordinal: number): number {
    for (const { first, ordinals } of this.parts) {
      let low = 0;
      let high = ordinals.length - 1;
      if (high < 0 || ordinal < (ordinals[0] ?? 0) || ordinal > (ordinals[high] ?? 0)) continue;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const found = ordinals[middle] ?? 0;
        if (found === ordinal) return first + middle;
        if (found < ordinal) low = middle + 1;
        else high = middle - 1;
      }
    }
    return UNKNOWN_ROW;
  }

  rowOfCode(code: string): number {
    for (const { first, codes } of this.parts) {
      const entry = entryOfCode(codes, code);
      if (entry >= 0) return first + entry;
    }
    return UNKNOWN_ROW;
  }

  ordinalOfRow(row: number): number | null {
    const part = this.partOf(row);
    return part?.ordinals[row - part.first] ?? null;
  }

  codeOfRow(row: number): string | null {
    const part = this.partOf(row);
    return part ? codeOfEntry(part.codes, row - part.first) : null;
  }

  private partOf(row: number): Part | undefined {
    let low = 0;
    for (let high = this.parts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((this.parts[middle]?.first ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return this.parts[low];
  }

  /** Index into the dimension's dictionary; -1 where the element has no value. */
  index(dimension: Dimension, row: number): number {
    return this.columns[dimension][row] ?? -1;
  }

  value(dimension: Dimension, row: number): string | null {
    return this.dictionaries[dimension][this.index(dimension, row)] || null;
  }

  area(row: number): number {
    return row > 0 && row < this.rows ? (this.areas[row - 1] ?? Number.NaN) : Number.NaN;
  }

  /** Box of a row, or null where it has none. */
  box(row: number): Box | null {
    const at = (row - 1) * 6;
    if (row <= 0 || row >= this.rows) return null;
    const box = Array.from(this.boxes.subarray(at, at + 6)) as unknown as Box;
    return box.every(Number.isFinite) ? box : null;
  }

  /** Box around everything on some storeys or in some buildings; null where nothing is. */
  boxOf(places: ReadonlySet<string>): Box | null {
    const [storeys, buildings] = [this.dictionaries.storey, this.dictionaries.building].map((words) => words.map((code) => code !== '' && places.has(code)));
    const { storey, building } = this.columns;
    return this.boxAround((row) => storeys?.[storey[row] ?? -1] === true || buildings?.[building[row] ?? -1] === true);
  }

  /** Box around the rows that match; null when none has a box. */
  boxAround(matches: (row: number) => boolean): Box | null {
    const { boxes } = this;
    const out = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity] as [number, number, number, number, number, number];
    for (let row = 1; row < this.rows; row += 1) {
      const at = (row - 1) * 6;
      if (!Number.isFinite(boxes[at]) || !matches(row)) continue;
      for (let axis = 0; axis < 3; axis += 1) {
        out[axis] = Math.min(out[axis] ?? 0, boxes[at + axis] ?? 0);
        out[axis + 3] = Math.max(out[axis + 3] ?? 0, boxes[at + axis + 3] ?? 0);
      }
    }
    return Number.isFinite(out[0]) ? out : null;
  }

  /** Boxes of the buildings by code, of what is here. */
  boxesOfBuildings(): ReadonlyMap<string, Box> {
    return this.ofBuildings;
  }

  /** Learn of new rows which are rooms, and how far buildings reach. */
  private survey(first: number): void {
    const { boxes } = this;
    const codes = this.dictionaries.building;
    const [building, kind] = [this.columns.building, this.columns.kind];
    const room = this.indexOf('kind', 'room');
    const bounds = new Float32Array(codes.length * 6).map((_, i) => (i % 6 < 3 ? Infinity : -Infinity));
    for (let row = first; row < this.rows; row += 1) {
      if (room >= 0 && kind[row] === room) this.rooms.push(row);
      const [of, at] = [(building[row] ?? -1) * 6, (row - 1) * 6];
      if (of < 0 || !Number.isFinite(boxes[at])) continue;
      for (let side = 0; side < 6; side += 1) {
        const [held, found] = [bounds[of + side] ?? 0, boxes[at + side] ?? 0];
        if (side < 3 ? found < held : found > held) bounds[of + side] = found;
      }
    }
    codes.forEach((code, i) => {
      if (!code || !Number.isFinite(bounds[i * 6])) return;
      const [held, found] = [this.ofBuildings.get(code), Array.from(bounds.subarray(i * 6, i * 6 + 6)) as unknown as Box];
      this.ofBuildings.set(code, (held && union([held, found])) ?? found);
    });
  }

  /** Index of a word in a dimension's dictionary, -1 when it does not occur. */
  indexOf(dimension: Dimension, word: string): number {
    return this.dictionaries[dimension].indexOf(word);
  }
}
