import type { Dimension, FeatureColumns } from '@/api/types';
import type { Box } from '@/core/boxes';

/** Row 0 belongs to whatever the table does not know (a secret mass, a tile newer than the table). */
export const UNKNOWN_ROW = 0;

/**
 * Every element with a body, as columns. A row is an element's place in the colour texture:
 * row r > 0 is entry r - 1 of the columns.
 */
export class FeatureTable {
  readonly revision: number;
  readonly rows: number;
  readonly ordinals: Uint32Array;
  readonly codes: readonly string[];
  readonly areas: Float32Array; // m2, NaN where none
  readonly boxes: Float32Array; // 6 a row, metres, site-local
  readonly dictionaries: FeatureColumns['dictionaries'];
  /** Dictionary indices by row; entry 0 is -1, as row 0 has no values. */
  readonly columns: Readonly<Record<Dimension, Int32Array>>;
  private readonly rowByCode = new Map<string, number>();

  constructor(answer: FeatureColumns) {
    this.revision = answer.revision;
    this.rows = answer.ordinal.length + 1;
    this.ordinals = Uint32Array.from(answer.ordinal);
    this.codes = answer.code;
    this.areas = Float32Array.from(answer.area_m2, (area) => area ?? Number.NaN);
    this.boxes = Float32Array.from(answer.box);
    this.dictionaries = answer.dictionaries;
    const column = (dimension: Dimension): Int32Array => {
      const indices = new Int32Array(this.rows).fill(-1);
      indices.set(answer[dimension], 1);
      return indices;
    };
    this.columns = {
      kind: column('kind'),
      ifc_class: column('ifc_class'),
      storey: column('storey'),
      building: column('building'),
      use: column('use'),
      system: column('system'),
      layer: column('layer'),
    };
    answer.code.forEach((code, index) => {
      if (code) this.rowByCode.set(code, index + 1);
    });
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
    return this.rowByCode.get(code) ?? UNKNOWN_ROW;
  }

  ordinalOfRow(row: number): number | null {
    return this.ordinals[row - 1] ?? null;
  }

  codeOfRow(row: number): string | null {
    return this.codes[row - 1] || null;
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

  /** Index of a word in a dimension's dictionary, -1 when it does not occur. */
  indexOf(dimension: Dimension, word: string): number {
    return this.dictionaries[dimension].indexOf(word);
  }
}
