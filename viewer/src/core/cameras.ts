import type { Rgb } from '@/core/palette';

/** Cameras on a plan: where they look, what they see, and how one is turned by hand. Degrees are compass bearings. */

export interface CameraPose {
  /** The lens: metres east, north, height, the site's CRS. */
  place: readonly [number, number, number];
  heading_deg: number;
  horizontal_deg: number;
  vertical_deg: number | null;
  tilt_deg: number | null;
  range_m: number | null;
  pixels: number | null;
}

/** Polygons, rings, points, as the server tells them. */
export type Polygons = readonly (readonly (readonly (readonly number[])[])[])[];
export type AreaKind = 'seen' | 'down' | 'blind' | 'named';

/** A flat area of the scene, told apart by its pattern too. */
export interface FloorArea {
  kind: AreaKind;
  /** Metres of the tileset's local frame. */
  polygons: Polygons;
  z: number;
  isChosen: boolean;
  /** The lens, where the sight down to the area is drawn too. */
  lens?: readonly [number, number, number];
  /** Of floors that an answer names: as the legend has it. */
  colour?: Rgb;
  /** Nothing that is solid is tinted by it: for scenes that are seen through, where floors lie before the pipes of the storeys below. */
  isBeneath?: boolean;
}

type Origin = readonly number[];

const RADIANS = Math.PI / 180;

/** Carry polygons from the site's CRS into the local frame of tiles and plans. */
export function toLocal(polygons: Polygons, origin: Origin): number[][][][] {
  const [east = 0, north = 0] = origin;
  return polygons.map((rings) => rings.map((ring) => ring.map(([x = 0, y = 0]) => [x - east, y - north])));
}

export function placeToLocal(place: readonly number[], origin: Origin): [number, number, number] {
  return [(place[0] ?? 0) - (origin[0] ?? 0), (place[1] ?? 0) - (origin[1] ?? 0), (place[2] ?? 0) - (origin[2] ?? 0)];
}

/** A bearing within the circle, to a tenth of a degree. */
export function withinCircle(degrees: number): number {
  const found = Math.round((((degrees % 360) + 360) % 360) * 10) / 10;
  return found === 360 ? 0 : found;
}

/** Where a place lies seen from another, clockwise from north. */
export function bearingTo(from: readonly number[], to: readonly number[]): number {
  return withinCircle(Math.atan2((to[0] ?? 0) - (from[0] ?? 0), (to[1] ?? 0) - (from[1] ?? 0)) / RADIANS);
}

/** Where a handle stands: so far off along a bearing. */
export function along(from: readonly number[], bearing_deg: number, metres: number): [number, number] {
  return [(from[0] ?? 0) + Math.sin(bearing_deg * RADIANS) * metres, (from[1] ?? 0) + Math.cos(bearing_deg * RADIANS) * metres];
}

/** The cone as it would be without walls, metres, as a ring; all around for 360 degrees. */
export function coneOf(pose: CameraPose, far_m: number): [number, number][] {
  const half = Math.min(pose.horizontal_deg, 360) / 2;
  const steps = Math.max(2, Math.ceil(pose.horizontal_deg / 5));
  const arc = Array.from({ length: steps + 1 }, (_, i) => along(pose.place, pose.heading_deg - half + (2 * half * i) / steps, far_m));
  return pose.horizontal_deg >= 360 ? arc : [[pose.place[0], pose.place[1]], ...arc];
}

/** A camera whose handle was dragged to a place looks there; a told range follows the handle. */
export function turnedTo(pose: CameraPose, to: readonly number[]): CameraPose {
  return { ...pose, heading_deg: bearingTo(pose.place, to) };
}

export function movedTo(pose: CameraPose, to: readonly number[]): CameraPose {
  const round = (metres: number): number => Math.round(metres * 1000) / 1000;
  return { ...pose, place: [round(to[0] ?? 0), round(to[1] ?? 0), pose.place[2]] };
}

/** What a key does with a camera that has the focus: arrows turn it, with Shift they move it. */
export function keyedPose(pose: CameraPose, key: string, isShift: boolean): CameraPose | null {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  if (!way) return null;
  const [x = 0, y = 0] = way;
  if (isShift) return movedTo(pose, [pose.place[0] + x * 0.1, pose.place[1] + y * 0.1]);
  return x === 0 ? null : { ...pose, heading_deg: withinCircle(pose.heading_deg + x * 5) };
}

export function isSamePose(a: CameraPose, b: CameraPose): boolean {
  const told = ({ place, heading_deg, horizontal_deg, vertical_deg, tilt_deg, range_m, pixels }: CameraPose): string =>
    JSON.stringify([place, heading_deg, horizontal_deg, vertical_deg, tilt_deg, range_m, pixels]);
  return told(a) === told(b);
}

/** What of a pose cannot be; null when all can. */
export function wrongIn(pose: CameraPose): keyof CameraPose | null {
  const within = (value: number | null, low: number, high: number): boolean => value === null || (Number.isFinite(value) && value >= low && value <= high);
  if (!pose.place.every(Number.isFinite)) return 'place';
  if (!within(pose.heading_deg, -360, 720)) return 'heading_deg';
  if (!within(pose.horizontal_deg, 1, 360)) return 'horizontal_deg';
  if (!within(pose.vertical_deg, 1, 180)) return 'vertical_deg';
  if (!within(pose.tilt_deg, -90, 90)) return 'tilt_deg';
  if (!within(pose.range_m, 0.1, 2000)) return 'range_m';
  return within(pose.pixels, 1, 100_000) && (pose.pixels === null || Number.isInteger(pose.pixels)) ? null : 'pixels';
}

/** Whether it is reckoned with. */
export const works = (state: string): boolean => state === 'working' || state === 'unheard';
/** A state is told by a sign, not by colour alone. */
export const CAMERA_SIGNS: Readonly<Record<string, string>> = { working: '●', unheard: '○', offline: '✕', silent: '…', alarm: '▲', order: '⚒' };
