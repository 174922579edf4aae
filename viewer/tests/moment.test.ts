import { describe, expect, it } from 'vitest';
import { clockOf, fieldOf, instantOf, isNow, NOW, readClock, tenseOf } from '@/core/moment';

describe('the two clocks', () => {
  it('a field is China’s minute, whatever zone the machine is in', () => {
    expect(clockOf('2026-03-01T09:30')).toBe('2026-03-01T09:30:00+08:00');
    expect(fieldOf('2026-03-01T01:30:00Z')).toBe('2026-03-01T09:30');
    expect(fieldOf(clockOf('2026-03-01T09:30'))).toBe('2026-03-01T09:30');
  });

  it('a date alone is the start of that day in China', () => {
    expect(instantOf('2026-03-01')).toBe(Date.UTC(2026, 1, 28, 16));
    expect(fieldOf('2026-03-01')).toBe('2026-03-01T00:00');
  });

  it('an empty field is now', () => {
    expect(clockOf('')).toBeNull();
    expect(isNow({ at: clockOf(''), known: null })).toBe(true);
    expect(isNow(NOW)).toBe(true);
  });

  it.each(['', 'soon', '2026-13-01', '2026-03-01T09:30', '2026-03-01T09:30:00'])('what is no time, or lacks its offset, is refused: %s', (text) => {
    expect(readClock(text)).toBeNull();
  });

  it('a plus sign that a link lost is put back', () => {
    expect(readClock('2026-03-01T09:30:00 08:00')).toBe('2026-03-01T09:30:00+08:00');
  });

  it('only a valid time after now is the future; what was known earlier is the past', () => {
    const now = Date.UTC(2026, 5, 1);
    expect(tenseOf({ at: '2026-03-01', known: null }, now)).toBe('past');
    expect(tenseOf({ at: '2026-09-01', known: null }, now)).toBe('future');
    expect(tenseOf({ at: null, known: '2026-03-01' }, now)).toBe('past');
  });
});
