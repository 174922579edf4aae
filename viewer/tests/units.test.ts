import { expect, it } from 'vitest';
import { formatArea, formatBrief, formatColumn, formatCount, formatDifference, formatElevation, formatLength, formatMoment, formatSpan, formatTime } from '@/core/units';

it('areas carry their unit, and fewer decimals as they grow', () => {
  expect(formatArea(12.345, 'zh')).toBe('12.35 m²');
  expect(formatArea(1460000, 'en')).toBe('1,460,000 m²');
});

it('a missing number is a dash, never 0 or NaN', () => {
  expect([formatArea(null, 'zh'), formatLength(undefined, 'en'), formatElevation(NaN, 'zh'), formatCount(null, 'en')]).toEqual(['—', '—', '—', '—']);
  expect(formatDifference(10, null, 'zh')).toBe('—');
  expect(formatDifference(10, 0, 'zh')).toBe('—');
});

it('elevations have a sign, as on a section drawing', () => {
  expect([3.6, -4.2, 0].map((height) => formatElevation(height, 'zh'))).toEqual(['+3.600 m', '−4.200 m', '±0.000 m']);
});

it('differences are shares of the declared value', () => {
  expect(formatDifference(101, 100, 'zh')).toBe('+1.0 %');
  expect(formatDifference(98, 100, 'en')).toBe('−2.0 %');
  expect(formatDifference(100.01, 100, 'zh')).toBe('±0.0 %');
});

it('the ends of time have no date, and text that is no time stays as it is', () => {
  expect(formatTime('-infinity', 'zh')).toBe('—');
  expect(formatTime('soon', 'en')).toBe('soon');
  expect(formatTime('2026-11-21T09:00:00+08:00', 'zh')).toContain('2026');
});

it('a moment is told in China’s time, with its offset', () => {
  expect(formatMoment(Date.UTC(2026, 1, 28, 16), 'en')).toMatch(/^1 Mar 2026.*00:00 \(UTC\+8\)$/);
});

it('a column is formatted by the unit that its name ends in', () => {
  const text = (name: string, value: number): string => formatColumn(name, value, 'en');
  expect([text('area_m2', 2), text('volume_m3', 68.844872), text('outer_diameter_m', 0.11), text('floor_z', -3.5), text('parts', 4000)]).toEqual(
    ['2.00 m²', '68.84 m³', '0.110 m', '−3.500 m', '4,000'],
  );
});

it('a span is told in China, and says a day that both ends share once', () => {
  expect(formatSpan('2026-11-20T01:00:00Z', '2026-11-20T04:00:00Z', 'zh')).toMatch(/^2026\D0?11\D20\D* 09:00\D+12:00$/);
  expect(formatSpan('2026-11-20T01:00:00Z', '2026-11-21T04:00:00Z', 'en')).toMatch(/20 Nov.*09:00.*21 Nov.*12:00/);
  expect(formatBrief('2026-11-20T17:30:00Z', 'zh')).toMatch(/11\D21\D+01:30/);
});
