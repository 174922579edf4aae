import { expect, it } from 'vitest';
import { groundStorey, cutHeight, shortStorey } from '@/core/storeys';
import { titleOf } from '@/core/titles';

it('a storey is called by the part of its code that people say', () => {
  expect(shortStorey('330302-001-A02-F05-C', '五层')).toBe('F05');
  expect(shortStorey('330302-001-A02-RF1-C', null)).toBe('RF1');
  expect(shortStorey('x', '一层平面')).toBe('一层平面');
});

it('the first cut goes through the storey that is looked at, 1.2 m over its floor', () => {
  const storeys = [{ code: 'a', elevation_m: 3.6 }, { code: 'b', elevation_m: 0 }, { code: 'c', elevation_m: null }];
  expect(cutHeight(storeys, 'a', [0, 0, 0, 1, 1, 8])).toBeCloseTo(4.8);
  expect(cutHeight(storeys, null, [0, 0, 0, 1, 1, 8])).toBeCloseTo(1.2);
  expect(cutHeight([], null, [0, 0, 2, 1, 1, 8])).toBe(5);
});

it('a title says number and name once', () => {
  expect(titleOf({ code: 'C', name: '办公室', number: '512' })).toBe('512 办公室');
  expect(titleOf({ code: 'C', name: '512 办公室', number: '512' })).toBe('512 办公室');
  expect(titleOf({ code: 'C', name: null, number: null })).toBe('C');
});

it('one enters a building at its ground, wherever heights count from', () => {
  const floor = (part: string, elevation_m: number) => ({ code: `330302-001-A01-${part}-X`, name: part, elevation_m });
  expect(groundStorey([floor('F02', 3.6), floor('B01', -0.2), floor('F01', 0)])).toContain('F01');
  expect(groundStorey([floor('F01', 105.2), floor('B01', 101)])).toContain('F01');
  expect(groundStorey([floor('B01', -4)])).toContain('B01');
  expect(groundStorey([])).toBeNull();
});
