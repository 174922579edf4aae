import { expect, it } from 'vitest';
import { Pace } from '@/scene/pace';

function run(pace: Pace, intervals: number[]): void {
  let now = 5000;
  pace.note(now);
  for (const interval of intervals) pace.note((now += interval));
}

it('a fluent machine keeps lines and shade in motion', () => {
  const pace = new Pace(false);
  run(pace, Array<number>(100).fill(17));
  expect(pace.moving).toEqual({ isComposed: true, samples: 5, share: 1 });
});

it('a slow machine gives up shade first, lines then, and pixels last', () => {
  const pace = new Pace(false);
  run(pace, Array<number>(4).fill(120));
  expect(pace.moving).toEqual({ isComposed: true, samples: 0, share: 1 });
  run(pace, Array<number>(4).fill(120));
  expect(pace.moving).toEqual({ isComposed: false, samples: 0, share: 1 });
  run(pace, Array<number>(40).fill(120));
  expect(pace.moving).toEqual({ isComposed: false, samples: 0, share: 0.5 });
});

it('a single slow frame, or a pause, changes nothing', () => {
  const pace = new Pace(false);
  run(pace, [17, 300, 17, 17, 300, 17, 5000, 17, 60_000, 5000, 5000, 5000]);
  expect(pace.moving.samples).toBe(5);
});

it('another window size is another chance', () => {
  const pace = new Pace(false);
  run(pace, Array<number>(20).fill(200));
  pace.reset();
  expect(pace.moving.samples).toBe(5);
});

it('a machine without a graphics card begins with the bare elements, but refines a still view', () => {
  const pace = new Pace(true);
  expect(pace.moving.isComposed).toBe(false);
  expect(pace.stillPictures).toBeGreaterThan(1);
});

it('shows the tiles that come at once with a graphics card, and ever more rarely without', () => {
  expect(new Pace(false).tilesMs(5, 0)).toBe(0);
  const waits = [0, 1, 2, 3].map((shown) => new Pace(true).tilesMs(shown, 0.2));
  expect(waits).toEqual([300, 600, 1200, 2400]);
  expect(new Pace(true).tilesMs(30, 0.2)).toBe(10_000);
});
