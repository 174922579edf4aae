import { describe, expect, it } from 'vitest';
import { pathOf, placeOf, viewBoxOf } from '@/core/plans';

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
