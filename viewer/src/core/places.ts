import type { Box } from '@/core/boxes';
import type { CameraPose } from '@/core/viewUrl';

/** Least and most that is asked about a place that one looks at, metres to each side. */
const NEAR_M = 20;
const FAR_M = 120;
/** The eye moves on by less without a new question, metres. */
const STEP_M = 20;

/**
 * The part of a large site whose pipes are asked for, as a server takes it (`x0,y0,x1,y1`, the site's CRS): what is opened,
 * else what one looks at; null where neither is known.
 *
 * @param origin of the site-local frame in the site's CRS
 */
export function areaOf(opened: Box | null, camera: CameraPose | null, origin: readonly number[]): string | null {
  const corners = opened ? [opened[0], opened[1], opened[3], opened[4]] : camera && around(camera);
  return corners && corners.map((value, i) => (value + (origin[i % 2] ?? 0)).toFixed(1)).join();
}

function around({ eye, target }: CameraPose): number[] {
  const away = Math.hypot(...eye.map((value, axis) => value - (target[axis] ?? 0)));
  const reach = Math.min(FAR_M, Math.max(NEAR_M, Math.ceil(away / 2 / STEP_M) * STEP_M));
  const [x, y] = [0, 1].map((axis) => Math.round((target[axis] ?? 0) / STEP_M) * STEP_M) as [number, number];
  return [x - reach, y - reach, x + reach, y + reach];
}
