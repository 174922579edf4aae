/** Floors of the rooms that an answer names: tinted where whole rooms would hide the pipes in them. */
import type { FloorArea } from '@/core/cameras';
import type { FeatureTable } from '@/core/features';

/** What a storey's plan tells of a room: rings of points in metres of the tileset's local frame, the first point again at the end. */
export interface PlannedRoom {
  code: string;
  rings: readonly (readonly (readonly number[])[])[];
}

/** The storeys that rooms stand on, each once; rooms without a body are nowhere in the scene. */
export function storeysOfRooms(table: FeatureTable, codes: readonly string[]): string[] {
  return [...new Set(codes.flatMap((code) => table.value('storey', table.rowOfCode(code)) ?? []))].sort();
}

/** One area of the scene for all rooms that stand at the same height. */
export function floorsOf(table: FeatureTable, rooms: readonly PlannedRoom[], codes: ReadonlySet<string>, look: Pick<FloorArea, 'colour' | 'isBeneath'>): FloorArea[] {
  const byHeight = new Map<number, PlannedRoom['rings'][]>();
  for (const { code, rings } of rooms) {
    const box = codes.has(code) && rings.length ? table.box(table.rowOfCode(code)) : null;
    if (!box) continue;
    const z = Math.round(box[2] * 100) / 100;
    byHeight.set(z, [...(byHeight.get(z) ?? []), rings]);
  }
  return [...byHeight].map(([z, polygons]) => ({ kind: 'named', polygons, z, isChosen: false, ...look }));
}
