import { describe, expect, it } from 'vitest';
import { FeatureTable } from '@/core/features';
import { CATEGORIES } from '@/core/palette';
import { breaksOf, histogram, tintBy, tintByNumbers, withBareRooms, type RoomValues } from '@/core/tinting';
import { columns } from './features.fixture';

const rooms = new FeatureTable(columns([10, 20, 30, 40].map((ordinal) => ({ ordinal, kind: 'room', layer: 'room', area_m2: ordinal }))));
const numbers = (value: (number | null)[], limits: number[] = []): RoomValues => ({ by: 'area_per_person', ordinal: [10, 20, 30, 40], value, dictionary: null, titles: null, limits });

describe('bounds between classes', () => {
  const skewed = [...Array.from({ length: 95 }, (_, i) => 5 + i * 0.1), 60, 70, 80, 90, 100];

  it('by quantiles hold about as many rooms each', () => {
    const bounds = breaksOf(skewed, 'quantile');
    const counts = [-Infinity, ...bounds].map((from, i) => skewed.filter((value) => value >= from && value < (bounds[i] ?? Infinity)).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(skewed.length / 4);
  });

  it('of equal width are as wide as one another', () => {
    expect(breaksOf([0, 60], 'equal')).toEqual([10, 20, 30, 40, 50]);
  });

  it('at the standard are its own ceilings, those that part the rooms', () => {
    expect(breaksOf(skewed, 'limits', [2, 9, 12, 18, 200])).toEqual([9, 12, 18]);
    expect(breaksOf(skewed, 'limits', [6, 7, 8, 9, 10, 11, 12, 18, 24]).length).toBeLessThan(6);
  });

  it('are none where all rooms are alike or nothing is known', () => {
    expect(breaksOf([9, 9, 9], 'quantile')).toEqual([]);
    expect(breaksOf([], 'equal')).toEqual([]);
    expect(breaksOf([Number.NaN], 'limits', [9])).toEqual([]);
  });
});

describe('a histogram', () => {
  it('counts every value once, the greatest too', () => {
    const bins = histogram([0, 1, 2, 3, 10], 5);
    expect(bins.map((bin) => bin.count)).toEqual([2, 2, 0, 0, 1]);
    expect(histogram([4, 4], 5)).toEqual([{ from: 4, to: 4, count: 2 }]);
    expect(histogram([], 5)).toEqual([]);
  });

  it('takes more values than a call takes arguments', () => {
    expect(histogram(Array.from({ length: 500_000 }, (_, i) => i % 4), 4).map((bin) => bin.count)).toEqual([125_000, 125_000, 125_000, 125_000]);
  });
});

describe('colouring by values', () => {
  it('puts a room on the upper class at its very bound, and one that cannot be told apart', () => {
    const { legend, entryOfRow } = tintBy('area_per_person', rooms, numbers([8.99, 9, 12, null], [9]), 'limits');
    expect([1, 2, 3, 4].map((row) => entryOfRow[row])).toEqual([0, 1, 1, 2]);
    expect(legend.map((entry) => [entry.count, entry.area_m2])).toEqual([[1, 10], [2, 50], [1, 40]]);
  });

  it('says nothing of a room that the answer leaves out, nor of one that the table does not know', () => {
    const { entryOfRow, legend } = tintBy('area_per_person', rooms, { ...numbers([5, 6]), ordinal: [20, 99] }, 'equal');
    expect([...entryOfRow]).toEqual([-1, -1, 0, -1, -1]);
    expect(legend.reduce((sum, entry) => sum + entry.count, 0)).toBe(1);
  });

  it('gives every verdict a pattern of its own besides its colour', () => {
    const { legend, patternOfEntry } = tintBy('verdict', rooms, { by: 'verdict', ordinal: [10, 20], value: [0, 2], dictionary: ['over', 'unknown', 'within'], titles: null, limits: [] }, 'equal');
    expect(new Set(patternOfEntry?.slice(0, 3)).size).toBe(3);
    expect(legend.map((entry) => entry.count)).toEqual([1, 0, 1, 0]);
  });

  it('tells more words than there are colours apart by another pattern', () => {
    const words = Array.from({ length: CATEGORIES.length * 2 }, (_, i) => `unit ${i}`);
    const { legend } = tintBy('unit', rooms, { by: 'unit', ordinal: [], value: [], dictionary: words, titles: words, limits: [] }, 'equal');
    expect(new Set(legend.slice(0, -1).map((entry) => `${entry.colour.join()} ${entry.pattern ?? 0}`)).size).toBe(words.length);
  });
});

describe("a page's own numbers", () => {
  const tint = tintByNumbers(rooms, new Map([[1, 0], [2, 60], [3, null], [0, 5]]), (from, to) => `${from ?? '<'}..${to ?? '>'}`, 'not metered');

  it('stand in named classes from least to most, what is not known in a class of its own', () => {
    expect(tint.legend.map(({ title }) => title)).toEqual(['<..10', '10..20', '20..30', '30..40', '40..50', '50..>', 'not metered']);
    expect([...tint.entryOfRow]).toEqual([-1, 0, 5, 6, -1]); // the row of what the table does not know is left out
  });

  it('are one range where all are the same, and none where nothing is known', () => {
    const titles = (values: [number, number | null][]): string[] => tintByNumbers(rooms, new Map(values), (from, to) => `${from ?? '<'}..${to ?? '>'}`, 'not metered').legend.map(({ title }) => title ?? '');
    expect(titles([[1, 7], [2, 7]])).toEqual(['7..7', 'not metered']);
    expect(titles([[1, null], [2, null]])).toEqual(['not metered']);
  });

  it('count their rooms and the area of those', () => {
    expect(tint.legend.map(({ count, area_m2 }) => [count, area_m2]).filter(([count]) => count)).toEqual([[1, 10], [1, 20], [1, 30]]);
  });

  it('leave rooms of which nothing is told as they are: the legend counts them, and gives them no colour either', () => {
    const bare = withBareRooms(tintByNumbers(rooms, new Map([[1, 0], [2, 60]]), (from, to) => `${from ?? '<'}..${to ?? '>'}`), rooms, 'not metered');
    expect(bare.legend.at(-1)).toMatchObject({ title: 'not metered', weight: 'bare', count: 2, area_m2: 70 });
    expect([...bare.entryOfRow]).toEqual([-1, 0, 5, -1, -1]);
    expect(bare.legend.filter(({ weight }) => weight === 'bare')).toHaveLength(1);
  });
});
