import { describe, expect, it } from 'vitest';
import { grantsOf, keysOf, makePassword } from '@/pages/accounts/places';
import { dayAfter, isDay } from '@/pages/log/days';

const PLACES = [
  { code: '330302-001-C', name: '大院', buildings: [{ code: '330302-001-A01-X', name: '主楼' }, { code: '330302-001-A02-Y', name: '综合楼' }] },
];

describe('what an account may see', () => {
  it('is a whole site where that is ticked, whatever is ticked below it', () => {
    expect(grantsOf(['330302-001-C', '330302-001-A01-X'], PLACES, [])).toEqual([{ site: '330302-001-C' }]);
  });

  it('is single buildings with the site that they stand on', () => {
    expect(grantsOf(['330302-001-A02-Y'], PLACES, [])).toEqual([{ site: '330302-001-C', building: '330302-001-A02-Y' }]);
  });

  it('keeps grants of places that the administrator does not see', () => {
    const elsewhere = { site: '330303-001-Z', building: null };
    expect(grantsOf([], PLACES, [elsewhere])).toEqual([{ site: '330303-001-Z' }]);
    expect(keysOf({ grants: [elsewhere] })).toEqual(['330303-001-Z']);
  });
});

it('makes passwords of sixteen letters that do not look alike', () => {
  const made = makePassword();
  expect(made).toMatch(/^[A-HJ-NP-Za-km-z2-9]{4}(-[A-HJ-NP-Za-km-z2-9]{4}){3}$/);
  expect(makePassword()).not.toBe(made);
});

describe('days of the log', () => {
  it('end with the day that is named, over the end of a year too', () => {
    expect(dayAfter('2026-12-31')).toBe('2027-01-01');
    expect(isDay('2026-02-30')).toBe(false);
    expect(isDay('2026-02-28')).toBe(true);
  });
});
