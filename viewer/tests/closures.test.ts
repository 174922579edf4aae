import { describe, expect, it } from 'vitest';
import { dayOf } from '@/core/chinaTime';
import { byDay, clashesOf, isInGroup, isLate, monthAfter, valveStandings, weeksOf, type Standing } from '@/core/closures';

const closure = (id: string, from: string, until: string, more: Partial<Standing> = {}): Standing => ({
  id, from, until, state: 'planned', valves: [`V${id}`], rooms: [], ...more,
});
const T = '2026-11-20T09:00:00+08:00';
const U = '2026-11-20T12:00:00+08:00';

describe('closures', () => {
  it('clash where they meet in time and share a valve or a room, and nowhere else', () => {
    const a = closure('a', T, U, { rooms: ['101'] });
    const b = closure('b', '2026-11-20T11:00:00+08:00', '2026-11-20T15:00:00+08:00', { rooms: ['101'] });
    const touching = closure('c', '2026-11-20T15:00:00+08:00', '2026-11-20T16:00:00+08:00', { rooms: ['101'] });
    const elsewhere = closure('d', T, U, { rooms: ['102'] });
    const over = closure('e', T, U, { rooms: ['101'], state: 'cancelled' });
    expect(clashesOf([touching, b, elsewhere, over, a])).toEqual(new Map([['a', ['b']], ['b', ['a']]]));
    expect(clashesOf([closure('f', T, U, { valves: ['V'] }), closure('g', T, U, { valves: ['V'] })]).size).toBe(2);
  });

  it('are late when they should have begun or ended', () => {
    const now = Date.parse(U);
    expect(isLate(closure('a', T, U), now)).toBe(true);
    expect(isLate(closure('a', U, '2026-11-20T13:00:00+08:00', { state: 'under_way' }), now)).toBe(false);
    expect(isLate(closure('a', T, U, { state: 'under_way' }), now + 1)).toBe(true);
    expect(isLate(closure('a', T, U, { state: 'ended' }), now + 1)).toBe(false);
    expect(isInGroup(closure('a', T, U, { state: 'cancelled' }), 'over', now, new Map())).toBe(true);
  });

  it('stand in the calendar on each day in China that they touch', () => {
    const night = closure('n', '2026-11-20T22:00:00+08:00', '2026-11-22T00:00:00+08:00');
    const days = byDay([night, closure('a', T, U)]);
    expect([...days.keys()].sort()).toEqual(['2026-11-20', '2026-11-21']);
    expect(days.get('2026-11-20')?.map(({ id }) => id)).toEqual(['a', 'n']);
    expect(dayOf(Date.parse('2026-11-20T16:30:00Z'))).toBe('2026-11-21');
  });

  it('have weeks from Monday that hold the whole month', () => {
    const weeks = weeksOf('2026-11');
    expect(weeks[0]?.[0]).toBe('2026-10-26');
    expect(weeks.at(-1)?.at(-1)).toBe('2026-12-06');
    expect(weeksOf('2027-02')).toHaveLength(4); // from Monday the 1st to Sunday the 28th
    expect(monthAfter('2026-12', 1)).toBe('2027-01');
    expect(monthAfter('2026-01', -1)).toBe('2025-12');
  });

  it('tell which valve is the next to be shut', () => {
    const told = (state: string): string[] => valveStandings({ state, valves: ['a', 'b', 'c', 'd'], shut: ['a'], unworkable: ['b'] }).map(({ standing }) => standing);
    expect(told('under_way')).toEqual(['shut', 'unworkable', 'next', 'waiting']);
    expect(told('planned')).toEqual(['shut', 'unworkable', 'waiting', 'waiting']);
  });
});
