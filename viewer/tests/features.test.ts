import { describe, expect, it } from 'vitest';
import { FeatureTable, UNKNOWN_ROW } from '@/core/features';
import { columns } from './features.fixture';

const table = new FeatureTable(columns([
  { ordinal: 3, kind: 'element', layer: 'wall' },
  { ordinal: 40, code: 'R1', kind: 'room', layer: 'room', area_m2: 12.5, box: [1, 2, 3, 4, 5, 6] },
  { ordinal: 70_000, code: 'R2', kind: 'room', layer: 'room', use: '办公室' },
]));

describe('a feature table', () => {
  it('leads from an ordinal of a tile to its row, and to row 0 for what it does not know', () => {
    expect([3, 40, 70_000, 0, 4, 70_001].map((ordinal) => table.rowOfOrdinal(ordinal))).toEqual([1, 2, 3, 0, 0, 0]);
  });

  it('leads from a code to its row and back', () => {
    expect(table.codeOfRow(table.rowOfCode('R2'))).toBe('R2');
    expect(table.rowOfCode('R9')).toBe(UNKNOWN_ROW);
    expect(table.codeOfRow(1)).toBeNull();
    expect(table.ordinalOfRow(2)).toBe(40);
  });

  it('gives values, areas and boxes by row, and nothing for row 0', () => {
    expect(table.value('use', 3)).toBe('办公室');
    expect(table.value('use', 2)).toBeNull();
    expect(table.area(2)).toBe(12.5);
    expect(table.area(1)).toBeNaN();
    expect(table.box(2)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(table.box(UNKNOWN_ROW)).toBeNull();
    expect(table.value('kind', UNKNOWN_ROW)).toBeNull();
  });
});
