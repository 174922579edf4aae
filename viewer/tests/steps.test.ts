import { describe, expect, it } from 'vitest';
import { advance, filterSteps, finish, mapSteps, sortSteps, walk, type Steps } from '@/core/steps';

/** The same numbers in each run. */
function numbers(count: number, below: number): { value: number; i: number }[] {
  let seed = 11;
  return Array.from({ length: count }, (_, i) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return { value: Math.floor((seed / 2147483648) * below), i };
  });
}

describe('work in steps', () => {
  it.each([0, 1, 2047, 2048, 2049, 4097, 10_000, 40_001])('sorts %i rows as sort does, equal ones in their order', (count) => {
    const rows = numbers(count, 50);
    const compare = (a: { value: number }, b: { value: number }): number => a.value - b.value;
    expect(finish(sortSteps(rows, compare))).toEqual([...rows].sort(compare));
  });

  it('maps and filters as arrays do', () => {
    const rows = numbers(3000, 9);
    expect(finish(mapSteps(rows, (row, i) => row.value + i))).toEqual(rows.map((row, i) => row.value + i));
    expect(finish(filterSteps(rows, (row) => row.value > 4))).toEqual(rows.filter((row) => row.value > 4));
  });

  it('rests after its time, and goes on where it was', async () => {
    function* count(): Steps<number> {
      let [sum, end] = [0, performance.now() + 3];
      for (let i = 0; i < 20; i += 1) {
        while (performance.now() < end) sum += 0;
        end = performance.now() + 3;
        sum += 1;
        yield;
      }
      return sum;
    }
    const steps = count();
    expect(advance(steps, 5)).toBeNull();
    expect(await walk(steps, new AbortController().signal)).toEqual({ value: 20 });
  });

  it('stops when it is told to', async () => {
    let taken = 0;
    function* endless(): Steps<number> {
      for (;;) {
        taken += 1;
        yield;
      }
    }
    const running = new AbortController();
    const walked = walk(endless(), running.signal);
    setTimeout(() => {
      running.abort();
    }, 30);
    expect(await walked).toBeNull();
    expect(taken).toBeGreaterThan(0);
  });
});
