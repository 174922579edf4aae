import { expect, it } from 'vitest';
import type { Box } from '@/core/boxes';
import { placeLabels, type RoomLabel } from '@/core/labels';

const label = (row: number, box: Box, title = `${row}`): RoomLabel => ({ row, box, title, detail: '12.00 m²' });
/** 10 pixels a metre, seen from above. */
const project = ([x, y]: readonly [number, number, number]): { x: number; y: number } => ({ x: x * 10, y: -y * 10 });
const width = (text: string): number => text.length * 8;

it('larger rooms are labelled first and no label covers another', () => {
  const placed = placeLabels([label(1, [0, 0, 0, 3, 3, 3]), label(2, [0, 0, 0, 12, 12, 3])], project, width);
  expect(placed[0]?.title).toBe('2');
  for (const a of placed) for (const b of placed) if (a !== b) expect(Math.abs(a.x - b.x) + Math.abs(a.y - b.y)).toBeGreaterThan(8);
});

it('a room too small for its number stays without', () => {
  expect(placeLabels([label(1, [0, 0, 0, 1, 1, 3], '0512')], project, width)).toEqual([]);
});

it('the area is written only where there is room for it', () => {
  const [small] = placeLabels([label(1, [0, 0, 0, 4, 4, 3])], project, width);
  const [large] = placeLabels([label(1, [0, 0, 0, 12, 12, 3])], project, width);
  expect([small?.hasDetail, large?.hasDetail]).toEqual([false, true]);
});

it('rooms behind the eye have no label', () => {
  expect(placeLabels([label(1, [0, 0, 0, 9, 9, 3])], () => null, width)).toEqual([]);
});
