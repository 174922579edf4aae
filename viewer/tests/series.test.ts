import { expect, it } from 'vitest';
import { bandOf, summaryOf } from '@/core/series';
import { valueOfRooms } from '@/core/streamTint';

const NOW = Date.parse('2026-11-22T04:00:00Z');

it('breaks the line where nothing came for longer than a stream may be silent', () => {
  const band = bandOf({ every: 'minute', time: ['2026-11-22T01:00:00Z', '2026-11-22T01:02:00Z', '2026-11-22T02:00:00Z'], mean: [1, 2, 3], min: [0, 1, 2], max: [2, 3, 9] });
  expect(band.mean).toEqual([1, 2, null, 3]);
  expect(band.at_s.map((at, i) => at - (band.at_s[i - 1] ?? at))).toEqual([0, 120, 60, 3420]);
  expect(summaryOf(band)).toEqual({ least: 0, mean: 2, most: 9 });
});

it('has nothing to sum up where there are words or nothing at all', () => {
  expect(summaryOf(bandOf({ every: 'hour', time: ['2026-11-22T01:00:00Z'], mean: [null], min: [null], max: [null] }))).toBeNull();
  expect(bandOf({ every: null, time: [] }).at_s).toEqual([]);
});

it('tells the mean of a room, yes where any sensor says yes, and nothing where all are stale', () => {
  const stream = (code: string, result: number | boolean, time: string): Parameters<typeof valueOfRooms>[0][number] => ({ sensor: `${code} ${time}`, code, property: 'x', unit: null, time, result });
  const [fresh, old] = ['2026-11-22T03:59:00Z', '2026-11-22T03:00:00Z'];
  expect([...valueOfRooms([stream('A', 20, fresh), stream('A', 22, fresh), stream('A', 99, old), stream('B', false, fresh), stream('B', true, fresh), stream('C', 5, old)], NOW)]).toEqual([['A', 21], ['B', true], ['C', null]]);
});
