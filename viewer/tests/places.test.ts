import { describe, expect, it } from 'vitest';
import { areaOf } from '@/core/places';

const origin = [500_000, 3_000_000, 5];

describe('the part of a large site whose pipes are asked for', () => {
  it('is what is opened', () => {
    expect(areaOf([1, 2, 3, 40, 50, 6], { eye: [0, 0, 9], target: [0, 0, 0] }, origin)).toBe('500001.0,3000002.0,500040.0,3000050.0');
  });

  it('is what one looks at, more of it from afar, and never everything', () => {
    const from = (away: number): number[] => (areaOf(null, { eye: [100, 200, away], target: [100, 200, 0] }, origin) ?? '').split(',').map(Number);
    expect(from(10)).toEqual([500_080, 3_000_180, 500_120, 3_000_220]);
    expect(from(200)).toEqual([500_000, 3_000_100, 500_200, 3_000_300]);
    expect(from(9000)).toEqual(from(1000));
  });

  it('stays while the eye moves a little', () => {
    const of = (x: number): string | null => areaOf(null, { eye: [x, 0, 30], target: [x, 0, 0] }, origin);
    expect(of(101)).toBe(of(105));
    expect(of(101)).not.toBe(of(150));
  });

  it('is unknown before anything was drawn', () => {
    expect(areaOf(null, null, origin)).toBeNull();
  });
});
