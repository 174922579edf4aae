import { describe, expect, it } from 'vitest';
import { frame, type Corner } from '@/core/framing';

const cornersOf = (rooms: readonly (readonly number[])[]): Corner[] => rooms.map(([across = 0, along = 0, nearer = 0]) => ({ across, along, nearer }));

/** Shares of the half view at which the outermost corners stand: left, right, foot, head. */
function seen(corners: readonly Corner[], wide: number, high: number): number[] {
  const { across, along, distance } = frame(corners, wide, high);
  const sides = corners.map((one) => [(one.across - across) / (distance - one.nearer) / wide, (one.along - along) / (distance - one.nearer) / high] as const);
  const [x, y] = [sides.map((one) => one[0]), sides.map((one) => one[1])];
  return [-Math.min(...x), Math.max(...x), -Math.min(...y), Math.max(...y)];
}

describe('framing', () => {
  it('fills the view in one way and leaves as much on both sides in the other', () => {
    const random = (() => { let state = 7; return () => (state = (state * 48271) % 2147483647) / 2147483647; })();
    for (let turn = 0; turn < 200; turn += 1) {
      const corners = cornersOf(Array.from({ length: 8 + Math.floor(random() * 40) }, () => [random() * 200 - 60, random() * 40 - 30, random() * 90 - 20]));
      const [left, right, foot, head] = seen(corners, 0.3 + random(), 0.3 + random()) as [number, number, number, number];
      expect(Math.max(left, right, foot, head)).toBeCloseTo(1, 4);
      expect(left).toBeCloseTo(right, 4);
      expect(foot).toBeCloseTo(head, 4);
    }
  });

  it('comes nearer to three buildings than to the ground that they stand around', () => {
    const at = (x: number, y: number): number[][] => [[x, y, y], [x + 20, y, y], [x, y + 10, y], [x + 20, y + 10, y]];
    const three = cornersOf([...at(0, 0), ...at(80, 40), ...at(0, 40)]);
    const ground = cornersOf([[0, 0, 0], [100, 0, 0], [0, 50, 50], [100, 50, 50], [100, 0, 50], [100, 50, 0], [0, 0, 50]]);
    expect(frame(three, 0.6, 0.4).distance).toBeLessThan(frame(ground, 0.6, 0.4).distance);
  });

  it('stays in front of a single point and of a wall that is seen along itself', () => {
    expect(frame(cornersOf([[3, 4, 5]]), 0.5, 0.5)).toMatchObject({ across: 3, along: 4 });
    const wall = cornersOf([[0, 0, -10], [0, 0, 10]]);
    expect(frame(wall, 0.5, 0.5).distance).toBeGreaterThan(10);
  });
});
