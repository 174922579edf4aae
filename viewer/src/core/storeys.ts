import type { Box } from '@/core/boxes';

/** Where architects cut a plan above the floor, metres. */
const CUT_ABOVE_FLOOR = 1.2;
/** Low enough to see all floors from above, high enough to tell a wall from a kerb, metres. */
const CUTAWAY_ABOVE_FLOOR = 1.1;

interface Floor {
  code: string;
  elevation_m: number | null;
}

/** Height of a first horizontal cut: through the storey that is looked at, else through the middle one. */
export function cutHeight(storeys: readonly Floor[], isolated: string | null, bounds: Box): number {
  const known = storeys.filter((one) => one.elevation_m !== null).sort((a, b) => (a.elevation_m ?? 0) - (b.elevation_m ?? 0));
  const storey = known.find((one) => one.code === isolated) ?? known[Math.floor((known.length - 1) / 2)];
  return storey ? (storey.elevation_m ?? 0) + CUT_ABOVE_FLOOR : (bounds[2] + bounds[5]) / 2;
}

/** Height of the cut through an isolated storey, null where its elevation is not known. */
export function cutawayHeight(storeys: readonly Floor[], isolated: string | null): number | null {
  const storey = storeys.find((one) => one.code === isolated);
  return storey && storey.elevation_m !== null ? storey.elevation_m + CUTAWAY_ABOVE_FLOOR : null;
}

/** The part of a storey's code that people say (F05, B01, RF1); where there is none, the start of its name. */
export function shortStorey(code: string, name: string | null): string {
  const part = code.split('-').find((piece) => /^(F|B|M|RF)\d{1,2}$/.test(piece));
  return part ?? (name ?? code).slice(0, 4);
}

/** The lowest storey that is not a basement by its code, else the lowest: heights may count from the sea. */
export function groundStorey(storeys: readonly (Floor & { name: string | null })[]): string | null {
  const rising = [...storeys].sort((a, b) => (a.elevation_m ?? 0) - (b.elevation_m ?? 0));
  return (rising.find((one) => !/^B\d/.test(shortStorey(one.code, one.name))) ?? rising[0])?.code ?? null;
}
