/** A run of pipes as a way that one can go along, and the planes that cut the building beside it. */
import type { PipePiece } from '@/api/pipes';
import type { Point } from '@/core/measure';
import { subtract } from '@/core/network';
import { acrossOf } from '@/core/tubes';
import type { CameraPose, Section } from '@/core/viewUrl';

interface Stretch { from: Point; to: Point; starts_m: number; length_m: number; piece: PipePiece }

export interface RunWay { stretches: readonly Stretch[]; length_m: number }
export interface OnRun { at: Point; direction: Point; piece: PipePiece }

/** How far the eye stands from the cut, metres. */
const STANDS_OFF_M = 7;

export function wayOf(pieces: readonly PipePiece[], origin: readonly number[]): RunWay {
  const stretches: Stretch[] = [];
  let length_m = 0;
  let last: Point | null = null;
  for (const piece of pieces) {
    const axis: Point[] = piece.axis.map((point) => subtract(point, origin));
    // Across a valve or bend without an axis of its own the way goes straight on.
    for (const to of axis) {
      const far: number = last ? Math.hypot(...subtract(to, last)) : 0;
      if (last && far > 1e-6) {
        stretches.push({ from: last, to, starts_m: length_m, length_m: far, piece });
        length_m += far;
      }
      last = to;
    }
  }
  return { stretches, length_m };
}

/** Where one is after so many metres; null on a run without length. */
export function along({ stretches, length_m }: RunWay, metres: number): OnRun | null {
  const at_m = Math.min(length_m, Math.max(0, metres));
  const stretch = stretches.find((one) => at_m <= one.starts_m + one.length_m) ?? stretches.at(-1);
  if (!stretch) return null;
  const share = Math.min(1, Math.max(0, (at_m - stretch.starts_m) / stretch.length_m));
  const whole = subtract(stretch.to, stretch.from);
  return {
    at: [stretch.from[0] + whole[0] * share, stretch.from[1] + whole[1] * share, stretch.from[2] + whole[2] * share],
    direction: [whole[0] / stretch.length_m, whole[1] / stretch.length_m, whole[2] / stretch.length_m],
    piece: stretch.piece,
  };
}

export type CutKind = 'across' | 'beside';

/** Cut across the pipe, or beside it so that it shows in its length; `isTurned` looks from the other side. */
export function cutAt({ at, direction, piece }: OnRun, kind: CutKind, isTurned: boolean): { section: Section; pose: CameraPose } {
  const isUpright = Math.abs(direction[2]) > 0.9;
  const { side, up } = acrossOf(direction);
  const sign = isTurned ? -1 : 1;
  let normal: Point = kind === 'across' ? direction : side;
  // One looks down on a cut riser; from below there is nothing to stand on.
  if (kind === 'across' && isUpright) normal = [0, 0, 1];
  else normal = [normal[0] * sign, normal[1] * sign, normal[2] * sign];
  // Beside the pipe, not through it.
  const off_m = kind === 'across' ? 0 : (piece.diameter_m ?? 0.1) / 2 + 0.02;
  const distance_m = normal[0] * at[0] + normal[1] * at[1] + normal[2] * at[2] + off_m;
  const lift: Point = kind === 'across' && isUpright ? [up[0] * -0.01, up[1] * -0.01, 0] : [0, 0, 0.12];
  return {
    section: { kind: 'plane', normal, distance_m },
    pose: {
      eye: [at[0] + (normal[0] + lift[0]) * STANDS_OFF_M, at[1] + (normal[1] + lift[1]) * STANDS_OFF_M, at[2] + (normal[2] + lift[2]) * STANDS_OFF_M],
      target: [...at],
    },
  };
}
