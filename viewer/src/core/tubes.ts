/** How well the place of a pipe is known, as tubes about it. Pure: numbers in, numbers out. */
import type { PipePiece } from '@/api/pipes';
import { subtract } from '@/core/network';
import type { Point } from '@/core/measure';
import { SYSTEMS, TUBE_COLOURS, UNKNOWN, type Rgb } from '@/core/palette';

/**
 * Standard deviations to the rim of an ellipse that holds the axis with 95 %: the root of the 95 % quantile of
 * chi-square with two degrees of freedom (5.991), since a pipe can be off across and up or down, not along itself.
 */
export const SIGMAS_95 = 2.4477;
/** What is drawn of a pipe of which nobody knows the size. */
const THIN_M = 0.05;

export const SOURCES = ['surveyed', 'drawn', 'guessed', 'modelled'] as const;
export type PlaceSource = (typeof SOURCES)[number];

/** A straight piece: `side` and `up` are half the tube's axes, as vectors, metres, site-local. */
export interface TubeSegment {
  from: Point;
  to: Point;
  side: Point;
  up: Point;
  colour: Rgb;
  source: PlaceSource;
  /** The pipe itself, solid: where the model shows none. */
  isCore: boolean;
  /** What one picks there; 0 for nothing. */
  row: number;
}

/** How a pipe without a body is drawn; null for not at all. */
export interface CoreLook {
  colour: Rgb | null;
  row: number;
}

const scale = (v: Point, by: number): Point => [v[0] * by, v[1] * by, v[2] * by];
const norm = (v: Point): number => Math.hypot(v[0], v[1], v[2]);

/** Unit vectors across a direction: one level, the other as upright as it can be. */
export function acrossOf(direction: Point): { side: Point; up: Point } {
  const length = norm(direction) || 1;
  const t = scale(direction, 1 / length);
  const level = Math.hypot(t[0], t[1]);
  if (level < 1e-6) return { side: [1, 0, 0], up: [0, 1, 0] };
  const side: Point = [t[1] / level, -t[0] / level, 0];
  return { side, up: [side[1] * t[2] - side[2] * t[1], side[2] * t[0] - side[0] * t[2], side[0] * t[1] - side[1] * t[0]] };
}

/** Half widths of the tube in which a pipe lies with 95 %, across and upright; null where nobody knows. */
export function reachOf(piece: Pick<PipePiece, 'plan_m' | 'depth_m' | 'diameter_m'>, up: Point = [0, 0, 1]): { side_m: number; up_m: number } | null {
  if (piece.plan_m === null || piece.depth_m === null) return null;
  const radius = (piece.diameter_m ?? 0) / 2;
  const upright = Math.hypot(up[2] * piece.depth_m, Math.hypot(up[0], up[1]) * piece.plan_m);
  return { side_m: radius + SIGMAS_95 * piece.plan_m, up_m: radius + SIGMAS_95 * upright };
}

/** The straight parts of pieces, each with the directions across it. */
function partsOf(pieces: readonly PipePiece[], origin: readonly number[]): { piece: PipePiece; from: Point; to: Point; side: Point; up: Point }[] {
  return pieces.flatMap((piece) => {
    const axis = piece.axis.map((point) => subtract(point, origin));
    return axis.slice(1).flatMap((to, i) => {
      const from = axis[i];
      return from ? [{ piece, from, to, ...acrossOf(subtract(to, from)) }] : [];
    });
  });
}

/**
 * Tubes in which pieces lie.
 *
 * @param origin of the site-local frame in the site's CRS
 */
export function tubesOf(pieces: readonly PipePiece[], origin: readonly number[]): TubeSegment[] {
  return partsOf(pieces, origin).flatMap(({ piece, from, to, side, up }) => {
    const reach = reachOf(piece, up);
    return reach ? [{ from, to, side: scale(side, reach.side_m), up: scale(up, reach.up_m), colour: TUBE_COLOURS[piece.source] ?? UNKNOWN, source: piece.source, isCore: false, row: 0 }] : [];
  });
}

/** The pipes themselves where the model does not show them: surveyed lines have no body in its tiles, whatever `hasBody` says. */
export function coresOf(pieces: readonly PipePiece[], origin: readonly number[], hasBody: (code: string | null) => boolean, lookOf: (code: string | null) => CoreLook | null): TubeSegment[] {
  const bodiless = pieces.filter((piece) => piece.source !== 'modelled' || !hasBody(piece.code));
  return partsOf(bodiless, origin).flatMap(({ piece, from, to, side, up }) => {
    const look = lookOf(piece.code);
    const radius = Math.max(THIN_M, (piece.diameter_m ?? 0) / 2);
    return look ? [{ from, to, side: scale(side, radius), up: scale(up, radius), colour: look.colour ?? SYSTEMS[piece.system ?? ''] ?? UNKNOWN, source: piece.source, isCore: true, row: look.row }] : [];
  });
}

/** How many pieces rest on each source, and of how many nobody knows the size. */
export function countBySource(pieces: readonly PipePiece[]): { source: PlaceSource | 'unknown'; count: number }[] {
  const counts = SOURCES.map((source) => ({ source, count: pieces.filter((one) => one.source === source && one.plan_m !== null).length }));
  return [...counts, { source: 'unknown' as const, count: pieces.filter((one) => one.plan_m === null).length }].filter((one) => one.count > 0);
}
