export type Point = readonly [number, number, number];

export interface Measurement {
  from: Point;
  to: Point;
  distance_m: number;
  /** East, north and up parts, metres. */
  dx: number;
  dy: number;
  dz: number;
  /** Length in plan, metres. */
  plan_m: number;
}

export function measure(from: Point, to: Point): Measurement {
  const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  return { from, to, dx, dy, dz, plan_m: Math.hypot(dx, dy), distance_m: Math.hypot(dx, dy, dz) };
}

/** Nearest point of the segment a-b to p. */
export function nearestOnSegment(p: Point, a: Point, b: Point): Point {
  const ab = [b[0] - a[0], b[1] - a[1], b[2] - a[2]] as const;
  const length2 = ab[0] ** 2 + ab[1] ** 2 + ab[2] ** 2;
  const along = (p[0] - a[0]) * ab[0] + (p[1] - a[1]) * ab[1] + (p[2] - a[2]) * ab[2];
  const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, along / length2));
  return [a[0] + ab[0] * t, a[1] + ab[1] * t, a[2] + ab[2] * t];
}

export type SnapKind = 'vertex' | 'edge' | 'face';

/** Snap a point on a triangle to its corner, else to its edge, within `reach` metres. */
export function snap(point: Point, corners: readonly [Point, Point, Point], reach_m: number): { at: Point; kind: SnapKind } {
  const gap = (other: Point): number => Math.hypot(point[0] - other[0], point[1] - other[1], point[2] - other[2]);
  const nearest = (candidates: Point[]): Point => candidates.reduce((best, next) => (gap(next) < gap(best) ? next : best));
  const corner = nearest([...corners]);
  if (gap(corner) <= reach_m) return { at: corner, kind: 'vertex' };
  const [a, b, c] = corners;
  const edge = nearest([nearestOnSegment(point, a, b), nearestOnSegment(point, b, c), nearestOnSegment(point, c, a)]);
  return gap(edge) <= reach_m ? { at: edge, kind: 'edge' } : { at: point, kind: 'face' };
}
