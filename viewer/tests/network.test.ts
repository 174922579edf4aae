import { describe, expect, it } from 'vitest';
import type { TraceAnswer } from '@/api/pipes';
import { behind, colourParts, isInNetwork, partsOf, partsOfTrace, subtract, add } from '@/core/network';
import { FeatureTable } from '@/core/features';
import { columns } from './features.fixture';

describe('the parts of an answer about pipes', () => {
  it('name every thing once, under what matters most', () => {
    expect(partsOf({ reached: ['a', 'b', 'c'], valve: ['b'], source: ['c', 'b'] })).toEqual([
      { code: 'b', part: 'valve' }, { code: 'c', part: 'source' }, { code: 'a', part: 'reached' },
    ]);
  });

  it('put what was asked first, even where a trace ends at it', () => {
    const found: TraceAnswer = { codes: ['p', 's'], sources: ['s'], terminals: ['p'], rooms: [], dead_ends: [], looped: [], cut_off: [] };
    expect(partsOfTrace('p', found).map(({ part }) => part)).toEqual(['asked', 'source']);
  });

  it('are counted and coloured where they have a body, and all else is left to be a ghost', () => {
    const table = new FeatureTable(columns([{ ordinal: 4, code: 'V', kind: 'valve' }, { ordinal: 7, code: 'W', kind: 'element' }]));
    const colouring = colourParts(table, [{ code: 'V', part: 'valve' }, { code: 'nowhere', part: 'dry' }], (part) => part);
    expect(colouring.legend.filter(({ count }) => count > 0).map(({ key, count }) => [key, count])).toEqual([['valve', 1]]);
    expect([...colouring.entryOfRow].map((entry) => entry >= 0)).toEqual([false, true, false]);
  });

  it('show pipes and valves thicker than they are, each part in a colour of its own, and of rooms the hatched floor', () => {
    const { legend } = colourParts(new FeatureTable(columns([])), [], (part) => part);
    expect(legend.filter(({ weight }) => weight === 'floor').map(({ key, pattern }) => [key, pattern])).toEqual([['room', 1]]);
    expect(legend.find(({ key }) => key === 'asked')?.weight).toBe('bold');
    expect(new Set(legend.map(({ colour }) => colour.join())).size).toBe(legend.length);
  });
});

describe('a hole', () => {
  it('ends as deep behind the surface as was asked, and comes back from the CRS where it was', () => {
    const origin = [500_000.25, 3_100_000.5, 12];
    const end = add(behind([1, 2, 3], [0, 1, 0], 0.25), origin);
    expect(end).toEqual([500_001.25, 3_100_002.75, 15]);
    expect(subtract(end, origin)).toEqual([1, 2.25, 3]);
  });
});

it('asks the network about services only', () => {
  expect(isInNetwork('room', null)).toBe(false);
  expect(isInNetwork('valve', null)).toBe(true);
  expect(isInNetwork('element', 'JS')).toBe(true);
});
