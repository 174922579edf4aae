import { describe, expect, it } from 'vitest';
import { areaBreaks, colourBy, OWN_MODES, paint, type Appearance } from '@/core/colouring';
import { ElementState, Flag } from '@/core/elementState';
import { FeatureTable } from '@/core/features';
import { columns, type Row } from './features.fixture';

const rows: Row[] = [
  { ordinal: 1, kind: 'element', layer: 'wall', storey: 'S1', building: 'B1' },
  { ordinal: 2, kind: 'element', layer: 'ceiling', storey: 'S1', building: 'B1' },
  { ordinal: 3, code: 'R1', kind: 'room', layer: 'room', storey: 'S1', building: 'B1', use: '办公室', area_m2: 10 },
  { ordinal: 4, code: 'R2', kind: 'room', layer: 'room', storey: 'S2', building: 'B1', use: '办公室', area_m2: 30 },
  { ordinal: 5, code: 'R3', kind: 'room', layer: 'room', storey: 'S2', building: 'B1', area_m2: null },
  { ordinal: 6, kind: 'pipe', layer: 'services', storey: 'S2', building: 'B1', system: 'XF' },
];
const table = new FeatureTable(columns(rows));
const plain: Appearance = {
  isolated: new Set(), outside: 'hidden', peeled: new Set(), muted: new Set(), xray: false, hiddenRows: new Set(), selectedRows: new Set(),
};

function flagsWith(change: Partial<Appearance>, mode: (typeof OWN_MODES)[number] = 'layer'): number[] {
  const state = new ElementState(table.rows);
  paint(state, table, colourBy(mode, table), { ...plain, ...change });
  return rows.map((_, i) => state.flags(i + 1));
}
const has = (flags: number[], flag: number): number[] => flags.flatMap((value, i) => (value & flag ? [i + 1] : []));

describe('a colouring', () => {
  it('by use asks rooms only, and counts rooms without a use as such', () => {
    const { legend, entryOfRow } = colourBy('use', table);
    expect(legend.filter((entry) => entry.count).map(({ key, count, area_m2 }) => [key, count, area_m2])).toEqual([['办公室', 2, 40], ['', 1, 0]]);
    expect(entryOfRow[1]).toBe(-1);
  });

  it('by area puts every room into the class whose bounds hold its area', () => {
    const { legend, entryOfRow } = colourBy('area', table);
    for (const row of [3, 4]) {
      const [from, to] = legend[entryOfRow[row] ?? -1]?.range ?? [NaN, NaN];
      expect(table.area(row)).toBeGreaterThanOrEqual(from);
      expect(table.area(row)).toBeLessThan(to);
    }
    expect(legend[entryOfRow[5] ?? -1]?.key).toBe('');
  });

  it('gives no two words of a dictionary the same colour while there are colours left', () => {
    const many = new FeatureTable(columns(Array.from({ length: 14 }, (_, i) => ({ ordinal: i + 1, kind: 'room', use: `用途${i}` }))));
    const colours = colourBy('use', many).legend.filter((entry) => entry.key).map((entry) => entry.colour.join());
    expect(new Set(colours).size).toBe(colours.length);
  });

  it('counts every element that it speaks of exactly once, in every mode', () => {
    for (const mode of OWN_MODES) {
      const { legend, entryOfRow } = colourBy(mode, table);
      expect(legend.reduce((sum, entry) => sum + entry.count, 0)).toBe(entryOfRow.filter((entry) => entry >= 0).length);
    }
  });

  it('counts rows that come later behind those that were, each once', () => {
    for (const mode of OWN_MODES) {
      const [first, later] = [rows.slice(0, 4), rows.slice(4)];
      const grown = new FeatureTable(columns(first), rows.length + 1);
      const colouring = colourBy(mode, grown);
      if (!colouring.grow) continue; // of rooms, which are all here from the first
      grown.append(columns(later));
      colouring.grow();
      const counted = (legend: typeof colouring.legend): unknown => legend.filter((entry) => entry.count).map(({ key, count, area_m2 }) => [key, count, area_m2]).sort();
      expect(counted(colouring.legend)).toEqual(counted(colourBy(mode, table).legend));
    }
  });

  it('breaks areas at rising round numbers', () => {
    const breaks = areaBreaks(Array.from({ length: 200 }, (_, i) => 3 + i * 0.7));
    expect(breaks).toEqual([...breaks].sort((a, b) => a - b));
    expect(breaks.every(Number.isInteger)).toBe(true);
    expect(areaBreaks([])).toEqual([]);
  });
});

describe('painting', () => {
  it('hides what is outside an isolated storey, and the ceiling over it', () => {
    expect(has(flagsWith({ isolated: new Set(['S1']) }), Flag.hidden)).toEqual([2, 4, 5, 6]);
  });

  it('keeps ceilings when a whole building is isolated', () => {
    expect(has(flagsWith({ isolated: new Set(['B1']) }), Flag.hidden)).toEqual([]);
  });

  it('ghosts in x-ray everything that the colouring does not speak of, and by layer all but rooms', () => {
    expect(has(flagsWith({ xray: true }, 'system'), Flag.ghost)).toEqual([1, 2, 3, 4, 5]);
    expect(has(flagsWith({ xray: true }, 'layer'), Flag.ghost)).toEqual([1, 2, 6]);
    expect(has(flagsWith({ xray: true }, 'use'), Flag.ghost)).toEqual([1, 2, 6]);
  });

  it('sees through what is outside where it is not hidden, but peels it as all else', () => {
    const flags = flagsWith({ isolated: new Set(['S2']), outside: 'ghost', peeled: new Set(['wall']) });
    expect(has(flags, Flag.ghost)).toEqual([2, 3]);
    expect(has(flags, Flag.hidden)).toEqual([1]);
  });

  it('peels layers, hides rows and fades muted legend entries', () => {
    expect(has(flagsWith({ peeled: new Set(['wall']), hiddenRows: new Set([3]) }), Flag.hidden)).toEqual([1, 3]);
    expect(has(flagsWith({ muted: new Set(['办公室']) }, 'use'), Flag.ghost)).toEqual([3, 4]);
  });

  it('sees through rooms whose floor alone is shown and thickens those that are bold', () => {
    const by = colourBy('use', table);
    const flags = (weight: 'floor' | 'bold'): number[] => {
      const state = new ElementState(table.rows);
      paint(state, table, { ...by, legend: by.legend.map((entry) => (entry.key === '办公室' ? { ...entry, weight } : entry)) }, plain);
      return rows.map((_, i) => state.flags(i + 1));
    };
    expect(has(flags('floor'), Flag.ghost)).toEqual([3, 4]);
    expect(has(flags('bold'), Flag.bold)).toEqual([]); // of what is thin: rooms and basins are seen as they are
    const pipes = colourBy('system', table);
    const state = new ElementState(table.rows);
    paint(state, table, { ...pipes, legend: pipes.legend.map((entry) => ({ ...entry, weight: 'bold' })) }, plain);
    expect(has(rows.map((_, i) => state.flags(i + 1)), Flag.bold)).toEqual([6]);
  });

  it('shows what is selected even where it would be hidden or ghosted', () => {
    const flags = flagsWith({ isolated: new Set(['S1']), selectedRows: new Set([4]) });
    expect(has(flags, Flag.selected)).toEqual([4]);
    expect(has(flags, Flag.hidden)).not.toContain(4);
  });

  it('writes the colour of the legend into the texel', () => {
    const state = new ElementState(table.rows);
    const colouring = colourBy('use', table);
    paint(state, table, colouring, plain);
    expect([...state.texels.subarray(3 * 4, 3 * 4 + 3)]).toEqual([...(colouring.legend[colouring.entryOfRow[3] ?? -1]?.colour ?? [])]);
    expect(state.version).toBe(1);
  });
});
