import { describe, expect, it } from 'vitest';
import { byNeed, dayAfter, endOfDay, isInGroup, isOverdue, needsOf, untilDue, walkAtHand, type Standing } from '@/core/workOrders';

const NOW = new Date('2026-11-22T10:00:00+08:00');
const order = (state: string, due: string | null, urgency = 'normal', at = '2026-11-20T08:00:00+08:00'): Standing => ({ state, due, urgency, at });
const YESTERDAY = '2026-11-21T18:00:00+08:00';
const TOMORROW = '2026-11-23T18:00:00+08:00';

describe('late orders', () => {
  it('are those that somebody still has to do', () => {
    expect(['reported', 'assigned', 'in_progress', 'on_hold'].map((state) => isOverdue(order(state, YESTERDAY), NOW))).toEqual([true, true, true, true]);
    expect(['done', 'closed', 'rejected'].map((state) => isOverdue(order(state, YESTERDAY), NOW))).toEqual([false, false, false]);
    expect(isOverdue(order('assigned', TOMORROW), NOW)).toBe(false);
    expect(isOverdue(order('assigned', null), NOW)).toBe(false);
  });

  it('count among those in hand too, once somebody has them', () => {
    expect(isInGroup(order('assigned', YESTERDAY), 'running', NOW)).toBe(true);
    expect(isInGroup(order('reported', YESTERDAY), 'running', NOW)).toBe(false);
    expect(isInGroup(order('done', YESTERDAY), 'checking', NOW)).toBe(true);
  });
});

describe('the order of the desk', () => {
  it('puts emergencies that nobody has before what is late, and the oldest of equals first', () => {
    const calm = order('assigned', TOMORROW, 'urgent');
    const late = order('assigned', YESTERDAY, 'low');
    const emergency = order('reported', null, 'emergency');
    const handed = order('assigned', TOMORROW, 'emergency');
    const older = order('assigned', TOMORROW, 'urgent', '2026-11-01T08:00:00+08:00');
    expect(byNeed([calm, handed, late, older, emergency], NOW)).toEqual([emergency, late, handed, older, calm]);
  });
});

describe('due times', () => {
  it('are days of China, whatever zone the machine is in', () => {
    expect(dayAfter(new Date('2026-11-22T17:30:00Z'), 0)).toBe('2026-11-23');
    expect(dayAfter(new Date('2026-12-31T01:00:00Z'), 1)).toBe('2027-01-01');
    expect(Date.parse(endOfDay('2026-11-22') ?? '')).toBe(Date.parse('2026-11-22T10:00:00Z'));
    expect(endOfDay('tomorrow')).toBeNull();
  });

  it('are told in hours near by and in days farther off', () => {
    expect(untilDue('2026-11-22T15:00:00+08:00', NOW)).toEqual({ unit: 'hours', count: 5, isLate: false });
    expect(untilDue('2026-11-18T10:00:00+08:00', NOW)).toEqual({ unit: 'days', count: 4, isLate: true });
    expect(untilDue('2026-11-22T09:59:00+08:00', NOW)).toEqual({ unit: 'hours', count: 1, isLate: true });
  });
});

describe('deeds', () => {
  it('need what the server asks of them', () => {
    expect(needsOf('assign')).toEqual({ person: true, note: false, work: false });
    expect(needsOf('send_back').note).toBe(true);
    expect(needsOf('finish').work).toBe(true);
    expect(needsOf('close')).toEqual({ person: false, note: false, work: false });
  });
});

describe('the walk that a desk looks at', () => {
  const walk = (on: string, state: string): { on: string; state: string; visited: number; stops: number } => ({ on, state, visited: 0, stops: 3 });
  it('is the oldest late one, else the one that is due, else the next', () => {
    expect(walkAtHand([walk('2026-11-16', 'due'), walk('2026-11-09', 'overdue'), walk('2026-11-02', 'overdue')])?.on).toBe('2026-11-02');
    expect(walkAtHand([walk('2026-11-23', 'coming'), walk('2026-11-16', 'due')])?.on).toBe('2026-11-16');
    expect(walkAtHand([walk('2026-11-30', 'coming'), walk('2026-11-23', 'coming'), walk('2026-11-16', 'done')])?.on).toBe('2026-11-23');
    expect(walkAtHand([])).toBeNull();
  });
});
