import { MathUtils, PerspectiveCamera, Spherical, Vector3 } from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { centre, radius, union, type Box } from '@/core/boxes';
import { frame } from '@/core/framing';
import type { CameraPose } from '@/core/viewUrl';
import type { Disposable } from '@/scene/disposable';

const FLIGHT_MS = 550;
/** From the south-west, above: how surveyors' bird's-eye views are drawn. */
const FIRST_LOOK = new Vector3(-0.55, -0.85, 0.62).normalize();

const UP = new Vector3(0, 0, 1);

/** One does not go nearer than this to anything. */
const LEAST_M = 1.5;

/** Sine of the least angle at which one still sees the floor of a room between its walls. */
const STEEP = 0.8;

export interface PoseOptions {
  /** From where one looks at first, instead of from the present direction. */
  fromFirst?: boolean;
  /** At least from a steep angle. */
  isSteep?: boolean;
  /** 1 fills the view; more leaves air around. */
  margin?: number;
  /** Walk around what is looked at by this angle, seen from above counter-clockwise. */
  turn_rad?: number;
  /** How long the flight takes; a calm tour of a wall takes its time. */
  flight_ms?: number;
}

/** Which way is up on the screen when one looks against `direction`. */
function screenUp(direction: Vector3): Vector3 {
  const upwards = Math.abs(direction.z) > 0.999 ? new Vector3(0, 1, 0) : new Vector3(0, 0, 1);
  const right = new Vector3().crossVectors(upwards, direction).normalize();
  return new Vector3().crossVectors(direction, right);
}

/** Whether two poses differ by no more than reckoning does. */
function areSame(a: CameraPose, b: CameraPose): boolean {
  const [target, other] = [new Vector3(...a.target), new Vector3(...b.target)];
  const eye = new Vector3(...a.eye);
  const far = 1e-4 * eye.distanceTo(target);
  return eye.distanceTo(new Vector3(...b.eye)) <= far && target.distanceTo(other) <= far;
}

/** Camera, mouse, touch and keys; says when the view has moved. */
export class CameraRig implements Disposable {
  readonly camera = new PerspectiveCamera(40, 1, 0.1, 1000);
  private readonly controls: OrbitControls;
  private scope: Box = [-10, -10, 0, 10, 10, 10];
  private covered = { left: 0, top: 0, bottom: 0 };
  private flight: { from: CameraPose; to: CameraPose; start: number; lasts_ms: number } | null = null;
  /** What was fitted last, from where, and where that has brought the eye. */
  private aim: { boxes: readonly Box[]; direction: Vector3; margin: number; pose: CameraPose } | null = null;

  constructor(element: HTMLElement, private readonly moved: () => void) {
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, element);
    this.controls.enableDamping = false;
    this.controls.zoomToCursor = true;
    this.controls.maxPolarAngle = Math.PI * 0.95;
    this.controls.screenSpacePanning = true;
    this.controls.addEventListener('change', this.onChange);
    this.controls.addEventListener('start', this.onStart);
  }

  private readonly onChange = (): void => {
    this.fitRange();
    this.moved();
  };

  private readonly onStart = (): void => {
    this.flight = null;
  };

  /** Shares of the view's width and height that panels at its left, top and foot cover. */
  cover(covered: { left: number; top: number; bottom: number }): void {
    this.covered = covered;
  }

  /** Everything that there is to see; bounds the depth range. */
  setScope(box: Box): void {
    this.scope = box;
    this.fitRange();
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
  }

  pose(): CameraPose {
    return { eye: this.camera.position.toArray(), target: this.controls.target.toArray() };
  }

  place(pose: CameraPose): void {
    this.camera.position.set(...pose.eye);
    this.controls.target.set(...pose.target);
    this.controls.update();
    this.onChange();
  }

  fly(pose: CameraPose, isInstant = false, lasts_ms = FLIGHT_MS): void {
    const wantsStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (isInstant || wantsStill) {
      this.place(pose);
      return;
    }
    this.flight = { from: this.pose(), to: pose, start: performance.now(), lasts_ms };
    this.moved();
  }

  /** Show boxes whole and as large as can be, from the present direction or the first one. */
  fit(boxes: readonly Box[], { isInstant = false, ...options }: PoseOptions & { isInstant?: boolean } = {}): void {
    const direction = this.directionFor(options);
    const margin = options.margin ?? 1;
    const pose = this.poseAlong(boxes, direction, margin);
    this.aim = { boxes, direction, margin, pose };
    this.fly(pose, isInstant, options.flight_ms);
  }

  /** Fit anew what was fitted last, as after the view has changed its size; not once somebody has looked elsewhere. */
  refit(): void {
    const { aim, flight } = this;
    if (!aim || !areSame(flight?.to ?? this.pose(), aim.pose)) return;
    aim.pose = this.poseAlong(aim.boxes, aim.direction, aim.margin);
    if (!flight) {
      this.place(aim.pose);
      return;
    }
    const now = performance.now();
    this.flight = { from: this.pose(), to: aim.pose, start: now, lasts_ms: Math.max(1, flight.start + flight.lasts_ms - now) };
  }

  private directionFor(options: PoseOptions): Vector3 {
    const direction = options.fromFirst
      ? FIRST_LOOK.clone()
      : this.camera.position.clone().sub(this.controls.target).normalize();
    if (options.turn_rad) direction.applyAxisAngle(UP, options.turn_rad);
    if (options.isSteep && direction.z < STEEP) {
      direction.setZ(0).normalize().multiplyScalar(Math.sqrt(1 - STEEP ** 2)).setZ(STEEP);
    }
    return direction;
  }

  private poseAlong(boxes: readonly Box[], direction: Vector3, margin: number): CameraPose {
    const { target, distance } = this.framing(boxes, direction, margin);
    const eye = direction.clone().multiplyScalar(distance).add(target);
    return { eye: eye.toArray(), target: target.toArray() };
  }

  /** What to look at, against `direction`, and from how far, so that all boxes are just seen in what panels leave free. */
  private framing(boxes: readonly Box[], direction: Vector3, margin: number): { target: Vector3; distance: number } {
    const up = screenUp(direction);
    const right = new Vector3().crossVectors(up, direction);
    const tall = Math.tan(MathUtils.degToRad(this.camera.fov / 2));
    const target = new Vector3(...centre(union(boxes) ?? this.scope));
    const corners = boxes.flatMap((box) => Array.from({ length: 8 }, (_, corner) => {
      const at = new Vector3(box[corner & 1 ? 3 : 0], box[corner & 2 ? 4 : 1], box[corner & 4 ? 5 : 2]).sub(target);
      return { across: at.dot(right), along: at.dot(up), nearer: at.dot(direction) };
    }));
    const wide = tall * this.camera.aspect;
    const { left, top, bottom } = this.covered;
    const opening = { left: wide * (2 * left - 1), right: wide, low: tall * (2 * bottom - 1), high: tall * (1 - 2 * top) };
    const seen = frame(corners, opening, margin, LEAST_M);
    return { target: target.addScaledVector(right, seen.across).addScaledVector(up, seen.along), distance: seen.distance };
  }

  /** Look straight down, north up. */
  poseAbove(box: Box): CameraPose {
    const { target: { x, y, z }, distance } = this.framing([box], UP, 1.12);
    return { eye: [x, y - distance * 0.001, z + distance], target: [x, y, z] };
  }

  orbit(right: number, up: number): void {
    const offset = this.camera.position.clone().sub(this.controls.target);
    // Spherical has y up; ours is z.
    const spherical = new Spherical().setFromCartesianCoords(offset.x, offset.z, -offset.y);
    spherical.theta += right;
    spherical.phi = MathUtils.clamp(spherical.phi - up, 0.001, this.controls.maxPolarAngle);
    offset.setFromSpherical(spherical);
    this.camera.position.copy(this.controls.target).add(new Vector3(offset.x, -offset.z, offset.y));
    this.controls.update();
  }

  /** Move along the ground by shares of the distance to the target. */
  pan(right: number, forward: number): void {
    const ahead = this.controls.target.clone().sub(this.camera.position);
    const distance = ahead.length();
    ahead.setZ(0).normalize();
    const side = new Vector3(ahead.y, -ahead.x, 0);
    const by = side.multiplyScalar(right * distance).add(ahead.multiplyScalar(forward * distance));
    this.camera.position.add(by);
    this.controls.target.add(by);
    this.controls.update();
  }

  zoom(factor: number): void {
    const offset = this.camera.position.clone().sub(this.controls.target).multiplyScalar(factor);
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
  }

  turnAbout(point: readonly [number, number, number]): void {
    const shift = new Vector3(...point).sub(this.controls.target);
    this.fly({ eye: this.camera.position.clone().add(shift).toArray(), target: [...point] });
  }

  /** Clockwise angle from the top of the screen to north, radians. */
  north(): number {
    const ahead = this.controls.target.clone().sub(this.camera.position);
    return Math.atan2(-ahead.x, ahead.y);
  }

  /** Carry a flight on; true while it lasts. */
  advance(now: number): boolean {
    if (!this.flight) return false;
    const { from, to, start, lasts_ms } = this.flight;
    const share = Math.min(1, (now - start) / lasts_ms);
    const eased = share < 0.5 ? 4 * share ** 3 : 1 - (-2 * share + 2) ** 3 / 2;
    const between = (a: readonly number[], b: readonly number[]): [number, number, number] =>
      [0, 1, 2].map((axis) => MathUtils.lerp(a[axis] ?? 0, b[axis] ?? 0, eased)) as [number, number, number];
    if (share >= 1) this.flight = null;
    this.camera.position.set(...between(from.eye, to.eye));
    this.controls.target.set(...between(from.target, to.target));
    this.controls.update();
    this.fitRange();
    return this.flight !== null;
  }

  private fitRange(): void {
    const middle = new Vector3(...centre(this.scope));
    const distance = this.camera.position.distanceTo(middle);
    const reach = Math.max(20, radius(this.scope)) * 2.4;
    this.camera.far = distance + reach;
    this.camera.near = Math.max(distance - reach, Math.min(0.5, this.camera.far / 2000), 0.05);
    this.camera.updateProjectionMatrix();
  }

  dispose(): void {
    this.controls.removeEventListener('change', this.onChange);
    this.controls.removeEventListener('start', this.onStart);
    this.controls.dispose();
  }
}
