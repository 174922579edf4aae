import { describe, expect, it } from 'vitest';
import { along, bearingTo, coneOf, isSamePose, keyedPose, movedTo, toLocal, turnedTo, withinCircle, works, wrongIn, type CameraPose } from '@/core/cameras';

const POSE: CameraPose = { place: [100, 50, 12], heading_deg: 90, horizontal_deg: 80, vertical_deg: null, tilt_deg: 12, range_m: null, pixels: 1920 };

describe('bearings', () => {
  it('run clockwise from north and stay within the circle', () => {
    expect([bearingTo([0, 0], [0, 1]), bearingTo([0, 0], [1, 0]), bearingTo([0, 0], [0, -1]), bearingTo([0, 0], [-1, 0])]).toEqual([0, 90, 180, 270]);
    expect([withinCircle(-90), withinCircle(720), withinCircle(359.99)]).toEqual([270, 0, 0]);
  });
  it('lead back to where they were taken', () => {
    for (const bearing of [0, 37, 123.4, 251, 359]) expect(bearingTo([3, 4], along([3, 4], bearing, 7))).toBeCloseTo(bearing, 1);
  });
});

describe('a camera turned by hand', () => {
  it('looks where its handle was dragged to, and keeps the rest', () => {
    expect(turnedTo(POSE, [100, 40])).toEqual({ ...POSE, heading_deg: 180 });
    expect(movedTo(POSE, [1.23456, 2])).toEqual({ ...POSE, place: [1.235, 2, 12] });
  });
  it('turns and moves by keys, and leaves other keys alone', () => {
    expect(keyedPose(POSE, 'ArrowRight', false)?.heading_deg).toBe(95);
    expect(keyedPose(POSE, 'ArrowUp', true)?.place).toEqual([100, 50.1, 12]);
    expect([keyedPose(POSE, 'ArrowUp', false), keyedPose(POSE, 'Enter', false)]).toEqual([null, null]);
  });
  it('is the same until a number of it differs', () => {
    expect(isSamePose(POSE, { ...POSE })).toBe(true);
    expect(isSamePose(POSE, { ...POSE, tilt_deg: 13 })).toBe(false);
  });
  it('tells which of its numbers cannot be', () => {
    expect(wrongIn(POSE)).toBeNull();
    expect(wrongIn({ ...POSE, horizontal_deg: 0 })).toBe('horizontal_deg');
    expect(wrongIn({ ...POSE, heading_deg: Number.NaN })).toBe('heading_deg');
    expect(wrongIn({ ...POSE, pixels: 0.5 })).toBe('pixels');
    expect(wrongIn({ ...POSE, place: [1, Number.NaN, 3] })).toBe('place');
  });
});

it('a cone begins at the lens and ends at the range; all around it has no lens', () => {
  const cone = coneOf(POSE, 10);
  expect(cone[0]).toEqual([100, 50]);
  for (const [x, y] of cone.slice(1)) expect(Math.hypot(x - 100, y - 50)).toBeCloseTo(10);
  expect(coneOf({ ...POSE, horizontal_deg: 360 }, 10).every(([x, y]) => Math.hypot(x - 100, y - 50) > 9)).toBe(true);
});

it('areas are carried into the frame of the plan', () => {
  expect(toLocal([[[[101, 52], [102, 52], [102, 53], [101, 52]]]], [100, 50, 5])).toEqual([[[[1, 2], [2, 2], [2, 3], [1, 2]]]]);
});

it('a camera that was never heard is held to work', () => {
  expect(['working', 'unheard', 'offline', 'silent', 'alarm', 'order'].map(works)).toEqual([true, true, false, false, false, false]);
});
