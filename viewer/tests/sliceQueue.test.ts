import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SliceQueue } from '@/core/sliceQueue';

/** A server that brings a slice when it is told to. */
function server(): { asked: number[]; fetchSlice: (number: number) => Promise<void>; bring: (number: number) => Promise<void>; refuse: (number: number) => Promise<void> } {
  const asked: number[] = [];
  const open = new Map<number, { resolve: () => void; reject: (failure: Error) => void }>();
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 10; i += 1) await Promise.resolve();
  };
  return {
    asked,
    fetchSlice: (number) => new Promise<void>((resolve, reject) => {
      asked.push(number);
      open.set(number, { resolve, reject });
    }),
    bring: async (number) => {
      open.get(number)?.resolve();
      await settled();
    },
    refuse: async (number) => {
      open.get(number)?.reject(new Error('no'));
      await settled();
    },
  };
}

const slices = { width: 10, numbers: [0, 1, 2, 3, 4, 5] };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the parts of a large site', () => {
  it('come two at a time, and what a picture waits for before the rest', async () => {
    const { asked, fetchSlice, bring } = server();
    const queue = new SliceQueue(slices, fetchSlice, () => undefined);
    expect(asked).toEqual([0, 1]);
    let isHere = false;
    void queue.ready([41, 52, 3])?.then(() => {
      isHere = true;
    });
    await bring(0);
    expect(asked).toEqual([0, 1, 4]);
    await bring(1);
    expect(asked).toEqual([0, 1, 4, 5]);
    expect(isHere).toBe(false);
    await bring(4);
    await bring(5);
    expect(isHere).toBe(true);
    expect(asked).toEqual([0, 1, 4, 5, 2, 3]);
  });

  it('that somebody asked for come before those that pictures wait for', async () => {
    const { asked, fetchSlice, bring } = server();
    const queue = new SliceQueue(slices, fetchSlice, () => undefined);
    void queue.ready([25, 35]);
    void queue.ready([55], true);
    await bring(0);
    await bring(1);
    expect(asked).toEqual([0, 1, 5, 2]);
  });

  it('are not waited for when they are here, or when the site has none of that number', async () => {
    const { fetchSlice, bring } = server();
    const queue = new SliceQueue(slices, fetchSlice, () => undefined);
    expect(queue.ready([9])).not.toBeNull();
    await bring(0);
    expect(queue.ready([9, 999])).toBeNull();
  });

  it('are told to be whole once, when the last has come', async () => {
    const { fetchSlice, bring } = server();
    let times = 0;
    const queue = new SliceQueue(slices, fetchSlice, () => {
      times += 1;
    });
    for (const number of slices.numbers) {
      expect([queue.isWhole, times]).toEqual([false, 0]);
      await bring(number);
    }
    expect([queue.isWhole, times]).toEqual([true, 1]);
  });

  it('that did not come are told to who waits, asked again by themselves after a while, and at once when asked', async () => {
    const { asked, fetchSlice, bring, refuse } = server();
    const queue = new SliceQueue({ width: 10, numbers: [0, 1] }, fetchSlice, () => undefined);
    const waiting = queue.ready([0]);
    const failed = expect(waiting).rejects.toThrow('no');
    await refuse(0);
    await failed;
    expect(asked).toEqual([0, 1]);
    void queue.ready([5])?.catch(() => undefined);
    expect(asked).toEqual([0, 1, 0]);
    await refuse(0);
    await bring(1);
    expect(asked).toEqual([0, 1, 0]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([0, 1, 0, 0]);
    await bring(0);
    expect(queue.isWhole).toBe(true);
  });

  it('are asked for no more when the site is left, and nobody waits on', async () => {
    const { asked, fetchSlice, bring } = server();
    const queue = new SliceQueue(slices, fetchSlice, () => undefined);
    const waiting = queue.ready([55]);
    queue.stop();
    await waiting;
    await bring(0);
    expect(asked).toEqual([0, 1]);
    expect(queue.ready([44])).toBeNull();
  });
});
