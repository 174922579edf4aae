import type { Box } from '@/core/boxes';

/** The box of a tileset's root without its transform: site-local metres; null where it tells none. */
export function boxOfTileset(text: string): Box | null {
  const tileset = JSON.parse(text) as { root?: { boundingVolume?: { box?: number[] } } };
  const box = tileset.root?.boundingVolume?.box;
  if (box?.length !== 12 || !box.every(Number.isFinite)) return null;
  const middle = box.slice(0, 3);
  const half = [0, 1, 2].map((axis) => Math.abs(box[3 + axis] ?? 0) + Math.abs(box[6 + axis] ?? 0) + Math.abs(box[9 + axis] ?? 0));
  return [...middle.map((at, axis) => at - (half[axis] ?? 0)), ...middle.map((at, axis) => at + (half[axis] ?? 0))] as unknown as Box;
}
