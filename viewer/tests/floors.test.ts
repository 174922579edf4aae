import { describe, expect, it } from 'vitest';
import { FeatureTable } from '@/core/features';
import { floorsOf, storeysOfRooms } from '@/core/floors';
import { columns } from './features.fixture';

const table = new FeatureTable(columns([
  { ordinal: 1, code: 'A', kind: 'room', storey: 'F01', box: [0, 0, 0.001, 4, 5, 3] },
  { ordinal: 2, code: 'B', kind: 'room', storey: 'F01', box: [4, 0, 0, 8, 5, 3] },
  { ordinal: 3, code: 'C', kind: 'room', storey: 'F02', box: [0, 0, 3.6, 4, 5, 6] },
]));
const ring = (x: number): number[][][] => [[[x, 0], [x + 4, 0], [x + 4, 5], [x, 0]]];
const rooms = [{ code: 'A', rings: ring(0) }, { code: 'B', rings: ring(4) }, { code: 'C', rings: ring(0) }, { code: 'D', rings: ring(9) }];
const look = { colour: [1, 2, 3], isBeneath: true } as const;

describe('floors of rooms that an answer names', () => {
  it('are read from the plan of each of their storeys, once', () => {
    expect(storeysOfRooms(table, ['C', 'A', 'B', 'nowhere'])).toEqual(['F01', 'F02']);
    expect(storeysOfRooms(table, [])).toEqual([]);
  });

  it('lie where their rooms begin, in one area for all of a height, and of no other room', () => {
    const floors = floorsOf(table, rooms, new Set(['A', 'B', 'D']), look);
    expect(floors).toEqual([{ kind: 'named', polygons: [ring(0), ring(4)], z: 0, isChosen: false, ...look }]);
    expect(floorsOf(table, rooms, new Set(['A', 'C']), look).map(({ z }) => z)).toEqual([0, 3.6]);
  });

  it('are none of a room without an outline', () => {
    expect(floorsOf(table, [{ code: 'A', rings: [] }], new Set(['A']), look)).toEqual([]);
  });
});
