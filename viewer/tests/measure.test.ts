import { describe, expect, it } from 'vitest';
import { measure, nearestOnSegment, snap, type Point } from '@/core/measure';

const corners: [Point, Point, Point] = [[0, 0, 0], [4, 0, 0], [0, 3, 0]];

it('a measurement is the length of its parts', () => {
  const found = measure([1, 1, 1], [4, 5, 13]);
  expect(found).toMatchObject({ dx: 3, dy: 4, dz: 12, plan_m: 5, distance_m: 13 });
});

it('the nearest point of a segment stays between its ends, even when they coincide', () => {
  expect(nearestOnSegment([9, 1, 0], [0, 0, 0], [4, 0, 0])).toEqual([4, 0, 0]);
  expect(nearestOnSegment([2, 1, 0], [0, 0, 0], [4, 0, 0])).toEqual([2, 0, 0]);
  expect(nearestOnSegment([2, 1, 0], [1, 1, 1], [1, 1, 1])).toEqual([1, 1, 1]);
});

describe('snapping', () => {
  it('prefers a corner, then an edge, then leaves the point on its face', () => {
    expect(snap([0.05, 0.05, 0], corners, 0.1)).toEqual({ at: [0, 0, 0], kind: 'vertex' });
    expect(snap([2, 0.05, 0], corners, 0.1)).toEqual({ at: [2, 0, 0], kind: 'edge' });
    expect(snap([1, 1, 0], corners, 0.1)).toEqual({ at: [1, 1, 0], kind: 'face' });
  });
});
