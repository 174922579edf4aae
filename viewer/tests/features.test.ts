import { describe, expect, it } from 'vitest';
import { colourBy, finishPainting, OWN_MODES, paint, paintRows, type Colouring } from '@/core/colouring';
import { ElementState } from '@/core/elementState';
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

describe('a feature table that comes in parts', () => {
  const whole = [
    { ordinal: 3, code: 'R1', kind: 'room', layer: 'room', storey: 'S1', building: 'B1', use: '办公室', area_m2: 12, box: [0, 0, 0, 4, 3, 3] as const },
    { ordinal: 70, code: 'R2', kind: 'room', layer: 'room', storey: 'S2', building: 'B2', use: '会议室', area_m2: 30, box: [90, 0, 0, 95, 6, 3] as const },
    { ordinal: 2, kind: 'element', layer: 'wall', storey: 'S1', building: 'B1', box: [0, -1, 0, 9, 0, 3] as const },
    { ordinal: 4, code: 'P1', kind: 'pipe', layer: 'services', storey: 'S1', building: 'B1', system: 'XF' },
    { ordinal: 60, kind: 'element', layer: 'wall', storey: 'S2', building: 'B2', box: [80, 0, 0, 99, 9, 4] as const },
    { ordinal: 80, kind: 'element', layer: 'roof', building: 'B2' },
  ].map((row) => ({ ...row, box: row.box ? [...row.box] as [number, number, number, number, number, number] : [0, 0, 0, 1, 1, 1] as [number, number, number, number, number, number] }));
  const [rooms, first, second] = [whole.slice(0, 2), whole.slice(2, 4), whole.slice(4)];
  const grow = (): FeatureTable => {
    const growing = new FeatureTable(columns(rooms), 10);
    expect([growing.append(columns(second)), growing.append(columns(first))]).toEqual([3, 5]);
    return growing;
  };
  const arrived = [...rooms, ...second, ...first];

  it('tells of every row what a table of everything tells, and rows keep their place', () => {
    const growing = grow();
    expect(growing.rows).toBe(7);
    arrived.forEach((row, i) => {
      expect(growing.rowOfOrdinal(row.ordinal)).toBe(i + 1);
      expect(growing.ordinalOfRow(i + 1)).toBe(row.ordinal);
      expect(growing.codeOfRow(i + 1)).toBe(row.code ?? null);
      expect(growing.box(i + 1)).toEqual(row.box);
      expect(growing.area(i + 1)).toEqual(row.area_m2 ?? Number.NaN);
      for (const dimension of ['kind', 'layer', 'storey', 'building', 'use', 'system'] as const) expect(growing.value(dimension, i + 1)).toBe(row[dimension] ?? null);
    });
    for (const code of ['R1', 'R2', 'P1']) expect(growing.codeOfRow(growing.rowOfCode(code))).toBe(code);
    expect([growing.rowOfCode('P2'), growing.rowOfOrdinal(5), growing.rowOfOrdinal(99)]).toEqual([0, 0, 0]);
    expect([growing.box(7), growing.codeOfRow(7), growing.ordinalOfRow(7)]).toEqual([null, null, null]);
  });

  it('knows its rooms and how far buildings reach, as the table of everything does', () => {
    const [growing, complete] = [grow(), new FeatureTable(columns([...whole].sort((a, b) => a.ordinal - b.ordinal)))];
    expect(growing.rooms).toEqual([1, 2]);
    expect(new Map(growing.boxesOfBuildings())).toEqual(new Map(complete.boxesOfBuildings()));
    for (const place of ['S1', 'S2', 'B1', 'B2', 'B3']) expect(growing.boxOf(new Set([place]))).toEqual(complete.boxOf(new Set([place])));
  });

  it('may begin with nothing, as of a site of pipes alone', () => {
    const growing = new FeatureTable(columns([]), 10);
    const colouring = colourBy('layer', growing);
    expect([growing.rows, growing.rowOfOrdinal(2), growing.boxAround(() => true)]).toEqual([1, 0, null]);
    growing.append(columns(first));
    colouring.grow?.();
    expect([growing.rowOfCode('P1'), growing.value('layer', 2), growing.rooms.length]).toEqual([2, 'services', 0]);
    expect(colouring.legend[colouring.entryOfRow[2] ?? -1]?.key).toBe('services');
  });

  it('refuses more than there may be', () => {
    const small = new FeatureTable(columns(rooms), 4);
    expect(() => small.append(columns(first))).toThrow(RangeError);
    expect(small.rows).toBe(3);
  });

  it.each(OWN_MODES)('is coloured by %s as a table of everything is, whenever its parts came', (mode) => {
    const growing = new FeatureTable(columns(rooms), 10);
    const colouring = colourBy(mode, growing);
    const state = new ElementState(growing.capacity);
    const look = { isolated: new Set<string>(), outside: 'hidden' as const, peeled: new Set<string>(), muted: new Set<string>(), xray: true, hiddenRows: new Set<number>(), selectedRows: new Set([2]) };
    paint(state, growing, colouring, look);
    for (const part of [second, first]) {
      const from = growing.append(columns(part));
      colouring.grow?.();
      paintRows(state, growing, colouring, look, from, growing.rows);
      finishPainting(state, look);
    }
    const complete = new FeatureTable(columns(arrived));
    const [expected, other] = [colourBy(mode, complete), new ElementState(complete.rows)];
    paint(other, complete, expected, look);
    const counts = ({ legend }: Colouring): unknown[] => legend.map(({ key, count, area_m2 }) => `${key} ${count} ${area_m2}`).sort();
    expect(counts(colouring)).toEqual(counts(expected));
    arrived.forEach((_, i) => {
      expect(state.flags(i + 1)).toBe(other.flags(i + 1));
      expect(colouring.legend[colouring.entryOfRow[i + 1] ?? -1]?.key).toBe(expected.legend[expected.entryOfRow[i + 1] ?? -1]?.key);
    });
    expect(state.ghosts).toBe(other.ghosts);
  });
});
