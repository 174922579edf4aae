import { describe, expect, it } from 'vitest';
import { compare, deviations, heatOf, imbalanceOf, isApart, meterTree, type BookItem } from '@/core/energy';

const item = (code: string, more: Partial<BookItem> = {}): BookItem => ({ code, kind: 'room', name: null, used: null, used_per_m2: null, parts: null, by: null, within: null, ...more });

describe('the energy book', () => {
  it('stands as the tree of places, and what has no place in it at the top', () => {
    const roots = meterTree([item('building', { within: 'site' }), item('storey', { within: 'building' }), item('room', { within: 'storey' }), item('lost', { within: 'nowhere' })]);
    expect(roots.map((node) => node.item.code)).toEqual(['building', 'lost']);
    expect(roots[0]?.children[0]?.children[0]?.item.code).toBe('room');
  });

  it('tells an imbalance only where a place has a meter of its own beside those within', () => {
    expect(imbalanceOf(item('a', { by: 'own', used: 100, parts: 80 }))).toEqual({ amount: 20, share: 0.2 });
    expect(imbalanceOf(item('a', { by: 'parts', used: 100, parts: null }))).toBeNull();
    expect(imbalanceOf(item('a', { by: 'own', used: 0, parts: 5 }))).toEqual({ amount: -5, share: null });
    expect(isApart(item('a', { by: 'own', used: 100, parts: 89 }))).toBe(true);
    expect(isApart(item('a', { by: 'own', used: 100, parts: 95 }))).toBe(false);
  });

  it('colours a room by itself or by its storey, and says where nothing is known', () => {
    const rooms = [{ code: 'r', row: 3, storey: 's' }, { code: 'q', row: 4, storey: null }];
    const items = [item('r', { used_per_m2: 2 }), item('s', { used_per_m2: 5 })];
    expect(heatOf(items, 'room', rooms)).toEqual(new Map([[3, 2]]));
    expect(heatOf(items, 'storey', rooms)).toEqual(new Map([[3, 5]]));
  });
});

describe('what was beside what was expected', () => {
  const T = 1_700_000_000;
  const hour = (i: number, result: number | null, error = 1): { time: string; result: number | null; error: number } => ({ time: new Date((T + i * 3600) * 1000).toISOString(), result, error });

  it('is of the same hours; the future has no measurement, and no band goes below zero', () => {
    const told = compare([{ at_s: T, value: 4 }], [hour(0, 5), hour(1, 0.5)]);
    expect(told.at_s).toEqual([T, T + 3600]);
    expect(told.measured).toEqual([4, null]);
    expect(told.least).toEqual([4, 0]);
    expect(told.most).toEqual([6, 1.5]);
    expect(compare([], [hour(0, null)]).at_s).toEqual([]);
  });

  it('is unusual beyond thrice the usual error, the furthest first', () => {
    const told = compare([{ at_s: T, value: 8.5 }, { at_s: T + 3600, value: 1 }, { at_s: T + 7200, value: 5 }, { at_s: T + 10_800, value: 9 }], [hour(0, 5), hour(1, 5), hour(2, 5)]);
    expect(deviations(told)).toEqual([{ at_s: T + 3600, by: -4 }, { at_s: T, by: 3.5 }]);
  });
});
