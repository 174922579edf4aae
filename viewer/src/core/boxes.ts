/** Axis-aligned box: min x, y, z, max x, y, z in metres, site-local. */
export type Box = readonly [number, number, number, number, number, number];

/** Smallest box around all of them; null when there is none. */
export function union(boxes: Iterable<Box>): Box | null {
  const out = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    for (let axis = 0; axis < 3; axis += 1) {
      out[axis] = Math.min(out[axis] ?? 0, box[axis] ?? 0);
      out[axis + 3] = Math.max(out[axis + 3] ?? 0, box[axis + 3] ?? 0);
    }
  }
  return Number.isFinite(out[0]) ? (out as unknown as Box) : null;
}

export function centre(box: Box): [number, number, number] {
  return [(box[0] + box[3]) / 2, (box[1] + box[4]) / 2, (box[2] + box[5]) / 2];
}

/** Half of the box's diagonal: the radius of the sphere that a fitted camera must see. */
export function radius(box: Box): number {
  return Math.hypot(box[3] - box[0], box[4] - box[1], box[5] - box[2]) / 2;
}

/**
 * What to look at to see a thing among its neighbours: a box `times` as long and wide, moved and cut so that it
 * holds no more beside `around` than it must. A room in a corner is seen with its storey, not with empty ground.
 */
export function framed(box: Box, around: Box | null, times: number): Box {
  const out = [...box];
  for (const axis of [0, 1]) {
    const [from, to] = [box[axis] ?? 0, box[axis + 3] ?? 0];
    const [least, most] = around ? [Math.min(from, around[axis] ?? 0), Math.max(to, around[axis + 3] ?? 0)] : [-Infinity, Infinity];
    const half = Math.min(((to - from) / 2) * times, (most - least) / 2);
    const middle = Math.min(most - half, Math.max(least + half, (from + to) / 2));
    out[axis] = middle - half;
    out[axis + 3] = middle + half;
  }
  return out as unknown as Box;
}
