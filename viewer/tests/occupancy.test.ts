import { describe, expect, it } from 'vitest';
import { byUse, isWeekend, lastDays, meanUse, useByDay } from '@/core/occupancy';

const at = (day: string, hour: number): string => `${day}T${String(hour).padStart(2, '0')}:00:00+08:00`;

describe('use over weeks', () => {
  it('is the share of working hours in China that are known, and of no others', () => {
    const days = useByDay([{ time: [at('2026-11-20', 7), at('2026-11-20', 8), at('2026-11-20', 17), at('2026-11-20', 18)], mean: [1, 1, 0, 1] }]);
    expect([...days]).toEqual([['2026-11-20', 0.5]]);
    expect(useByDay([{ time: [at('2026-11-20', 9)], mean: [null] }]).size).toBe(0);
  });

  it('takes a room for used when any of its sensors says so', () => {
    const time = [at('2026-11-20', 9)];
    expect([...useByDay([{ time, mean: [0.2] }, { time, mean: [0.9] }])]).toEqual([['2026-11-20', 0.9]]);
  });

  it('leaves week-ends out of the mean, and knows nothing where nobody spoke', () => {
    expect(['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'].map(isWeekend)).toEqual([false, true, true, false]);
    expect(meanUse(new Map([['2026-11-20', 0.4], ['2026-11-21', 0]]))).toBe(0.4);
    expect(meanUse(new Map([['2026-11-21', 1]]))).toBeNull();
  });

  it('goes by the days of China', () => {
    expect(lastDays(Date.parse('2026-11-21T17:00:00Z'), 2)).toEqual(['2026-11-21', '2026-11-22']);
  });

  it('by what rooms are for tells the least used first, and says how many are known', () => {
    const told = byUse([{ code: 'a', use: '会议室', mean: 0.2 }, { code: 'b', use: '办公室', mean: 0.1 }, { code: 'c', use: '办公室', mean: null }, { code: 'd', use: null, mean: null }]);
    expect(told).toEqual([{ use: '办公室', rooms: 2, known: 1, mean: 0.1 }, { use: '会议室', rooms: 1, known: 1, mean: 0.2 }, { use: '', rooms: 1, known: 0, mean: null }]);
  });
});
