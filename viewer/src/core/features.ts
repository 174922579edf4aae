import type { Dimension, FeatureColumns } from '@/api/types';
import type { Box } from '@/core/boxes';
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

/**
 * Every element with a body, as columns. A row is an element's place in the colour texture:
 * row r > 0 is entry r - 1 of the columns.
 */
export class FeatureTable {
  readonly revision: number;
  readonly rows: number;
  readonly ordinals: Uint32Array;
  private readonly codes: PackedCodes;
  readonly areas: Float32Array;
  readonly boxes: Float32Array;
  readonly dictionaries: FeatureColumns['dictionaries'];
  readonly columns: PackedFeatures['columns'];
  private ofBuildings: Map<string, Box> | null = null;

  constructor(packed: PackedFeatures) {
    this.revision = packed.revision;
    this.rows = packed.ordinals.length + 1;
    this.ordinals = packed.ordinals;
    this.codes = packed.codes;
    this.areas = packed.areas;
    this.boxes = packed.boxes;
    this.dictionaries = packed.dictionaries;
    this.columns = packed.columns;
  }

  /** Find the row of an ordinal; {@link UNKNOWN_ROW} when the table has none. */
  rowOfOrdinal(ordinal: number): number {
    let low = 0;
    let high = this.ordinals.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.ordinals[middle] ?? 0;
      if (found === ordinal) return middle + 1;
      if (found < ordinal) low = middle + 1;
      else high = middle - 1;
    }
    return UNKNOWN_ROW;
  }

  rowOfCode(code: string): number {
    return entryOfCode(this.codes, code) + 1;
  }

  ordinalOfRow(row: number): number | null {
    return this.ordinals[row - 1] ?? null;
  }

  codeOfRow(row: number): string | null {
    return codeOfEntry(this.codes, row - 1);
  }

  /** Index into the dimension's dictionary; -1 where the element has no value. */
  index(dimension: Dimension, row: number): number {
    return this.columns[dimension][row] ?? -1;
  }

  value(dimension: Dimension, row: number): string | null {
    return this.dictionaries[dimension][this.index(dimension, row)] || null;
  }

  area(row: number): number {
    return this.areas[row - 1] ?? Number.NaN;
  }

  /** Box of a row, or null where it has none. */
  box(row: number): Box | null {
    const at = (row - 1) * 6;
    if (row <= 0 || at + 6 > this.boxes.length) return null;
    const box = Array.from(this.boxes.subarray(at, at + 6)) as unknown as Box;
    return box.every(Number.isFinite) ? box : null;
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

  /** Boxes of the buildings by code, from one walk over all rows that is taken once. */
  boxesOfBuildings(): ReadonlyMap<string, Box> {
    this.ofBuildings ??= this.walkBuildings();
    return this.ofBuildings;
  }

  private walkBuildings(): Map<string, Box> {
    const codes = this.dictionaries.building;
    const bounds = new Float32Array(codes.length * 6).map((_, i) => (i % 6 < 3 ? Infinity : -Infinity));
    const { boxes } = this;
    const column = this.columns.building;
    for (let row = 1; row < this.rows; row += 1) {
      const [of, at] = [(column[row] ?? -1) * 6, (row - 1) * 6];
      if (of < 0 || !Number.isFinite(boxes[at])) continue;
      for (let side = 0; side < 6; side += 1) {
        const [held, found] = [bounds[of + side] ?? 0, boxes[at + side] ?? 0];
        if (side < 3 ? found < held : found > held) bounds[of + side] = found;
      }
    }
    return new Map(codes.flatMap((code, i) => (code && Number.isFinite(bounds[i * 6]) ? [[code, Array.from(bounds.subarray(i * 6, i * 6 + 6)) as unknown as Box] as const] : [])));
  }

  /** Index of a word in a dimension's dictionary, -1 when it does not occur. */
  indexOf(dimension: Dimension, word: string): number {
    return this.dictionaries[dimension].indexOf(word);
  }
}
