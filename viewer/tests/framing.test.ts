import { describe, expect, it } from 'vitest';
import { frame, type Corner, type Opening } from '@/core/framing';

const cornersOf = (rooms: readonly (readonly number[])[]): Corner[] => rooms.map(([across = 0, along = 0, nearer = 0]) => ({ across, along, nearer }));

const opening = (wide: number, high: number): Opening => ({ left: -wide, right: wide, low: -high, high });

/** What the outermost corners leave free of the opening: left, right, foot, head. */
function spared(corners: readonly Corner[], of: Opening): number[] {
  const { across, along, distance } = frame(corners, of);
  const x = corners.map((one) => (one.across - across) / (distance - one.nearer));
  const y = corners.map((one) => (one.along - along) / (distance - one.nearer));
  return [Math.min(...x) - of.left, of.right - Math.max(...x), Math.min(...y) - of.low, of.high - Math.max(...y)];
}

describe('framing', () => {
  it('fills the view in one way and leaves as much on both sides in the other', () => {
    const random = (() => { let state = 7; return () => (state = (state * 48271) % 2147483647) / 2147483647; })();
    for (let turn = 0; turn < 200; turn += 1) {
      const corners = cornersOf(Array.from({ length: 8 + Math.floor(random() * 40) }, () => [random() * 200 - 60, random() * 40 - 30, random() * 90 - 20]));
      // Panels cover one side more than the other.
      const of = { left: -random() * 0.4, right: 0.3 + random(), low: 0.05 - random() * 0.8, high: 0.2 + random() };
      const [left, right, foot, head] = spared(corners, of) as [number, number, number, number];
      expect(Math.min(left, right, foot, head)).toBeCloseTo(0, 4);
      expect(left).toBeCloseTo(right, 4);
      expect(foot).toBeCloseTo(head, 4);
    }
  });

  it('comes nearer to three buildings than to the ground that they stand around', () => {
    const at = (x: number, y: number): number[][] => [[x, y, y], [x + 20, y, y], [x, y + 10, y], [x + 20, y + 10, y]];
    const three = cornersOf([...at(0, 0), ...at(80, 40), ...at(0, 40)]);
    const ground = cornersOf([[0, 0, 0], [100, 0, 0], [0, 50, 50], [100, 50, 50], [100, 0, 50], [100, 50, 0], [0, 0, 50]]);
    expect(frame(three, opening(0.6, 0.4)).distance).toBeLessThan(frame(ground, opening(0.6, 0.4)).distance);
  });

  it('stays in front of a single point and of a wall that is seen along itself', () => {
    const { across, along } = frame(cornersOf([[3, 4, 5]]), opening(0.5, 0.5));
    expect([across, along].map((one) => Math.round(one * 1e6) / 1e6)).toEqual([3, 4]);
    const wall = cornersOf([[0, 0, -10], [0, 0, 10]]);
    expect(frame(wall, opening(0.5, 0.5)).distance).toBeGreaterThan(10);
  });
});
