import { expect, it } from 'vitest';
import { ageOf, formatAge, formatResult, isStale } from '@/core/streams';

const NOW = Date.parse('2026-11-22T12:00:00+08:00');

it('tells a value with the unit that people write', () => {
  expect(formatResult(21.456, 'Cel', 'zh')).toBe('21.5 °C');
  expect(formatResult(5203.998, 'kW.h', 'en')).toBe('5,204 kWh');
  expect(formatResult(0.153, 'MPa', 'en')).toBe('0.15 MPa');
  expect(formatResult(9, '1', 'zh')).toBe('9');
});

it('tells yes and no in the language, and nothing as a dash', () => {
  expect(formatResult(true, '1', 'zh')).toBe('是');
  expect(formatResult(false, null, 'en')).toBe('no');
  expect(formatResult(null, 'Cel', 'zh')).toBe('—');
});

it('takes a stream for stale after half an hour, and where it never spoke', () => {
  expect(isStale('2026-11-22T11:31:00+08:00', NOW)).toBe(false);
  expect(isStale('2026-11-22T11:29:00+08:00', NOW)).toBe(true);
  expect(isStale(null, NOW)).toBe(true);
});

it('says how old a value is in the coarsest unit, never less than now', () => {
  expect(ageOf('2026-11-22T11:15:00+08:00', NOW)).toEqual({ value: 45, unit: 'minute' });
  expect(ageOf('2026-11-22T12:05:00+08:00', NOW)).toEqual({ value: 0, unit: 'second' });
  expect(formatAge('2026-11-20T12:00:00+08:00', NOW, 'en')).toBe('2 days ago');
});
