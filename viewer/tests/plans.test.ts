import { describe, expect, it } from 'vitest';
import { nextTowards, pathOf, placeOf, viewBoxOf } from '@/core/plans';

const square = [[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]];
/** Like an L: its middle lies outside of it. */
const corner = [[0, 0], [10, 0], [10, 1], [1, 1], [1, 10], [0, 10]];

describe('a storey as a drawing', () => {
  it('has north up', () => {
    expect(pathOf([square])).toBe('M0 0L4 0L4 -2L0 -2L0 0Z');
    expect(viewBoxOf({ rooms: [{ rings: [square] }] }, 1, 0)).toEqual({ x: -1, y: -3, width: 6, height: 4 });
  });

  it('names a room inside of it, even one that winds around a corner', () => {
    expect(placeOf([square])).toEqual({ x: 2, y: -1, width: 4 });
    const place = placeOf([corner]);
    expect(place?.x).toBeCloseTo(0.5);
    expect(place?.width).toBeCloseTo(1);
  });

  it('stands still where there is nothing', () => {
    expect(placeOf([])).toBeNull();
    expect(viewBoxOf({ rooms: [] }, 1, 0).width).toBeGreaterThan(0);
  });

  it('grows to the shape of its frame around the same middle', () => {
    const box = viewBoxOf({ rooms: [{ rings: [square] }] }, 0, 4);
    expect(box.width).toBe(8);
    expect(box.x).toBe(-2);
  });
});

describe('the way over a drawing by arrows', () => {
  const at = (name: string, x: number, y: number): { name: string; x: number; y: number } => ({ name, x, y });
  const rooms = [at('a', 0, 0), at('b', 4, 0), at('c', 8, 0.5), at('below', 1, 6), at('far right below', 9, 7)];

  it('goes to the nearest room in the direction, and back again', () => {
    expect(nextTowards(rooms, at('', 0, 0), 'right')?.name).toBe('b');
    expect(nextTowards(rooms, at('', 8, 0.5), 'left')?.name).toBe('b');
    expect(nextTowards(rooms, at('', 4, 0), 'down')?.name).toBe('below');
  });

  it('stays where nothing lies in the direction', () => {
    expect(nextTowards(rooms, at('', 0, 0), 'left')).toBeNull();
    expect(nextTowards(rooms, at('', 0, 0), 'up')).toBeNull();
  });

  it('comes to every room of a grid from any other', () => {
    const grid = Array.from({ length: 30 }, (_, i) => at(String(i), (i % 6) * 3, Math.floor(i / 6) * 5));
    const reached = new Set(['7']);
    for (let grown = true; grown;) {
      grown = false;
      for (const each of grid.filter(({ name }) => reached.has(name))) {
        for (const way of ['up', 'down', 'left', 'right'] as const) {
          const next = nextTowards(grid, each, way);
          if (next && !reached.has(next.name)) [grown] = [true, reached.add(next.name)];
        }
      }
    }
    expect(reached.size).toBe(30);
  });
});
