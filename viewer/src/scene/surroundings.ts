import { BufferAttribute, BufferGeometry, GLSL3, Group, LineSegments, RawShaderMaterial } from 'three';
import { centre, radius, type Box } from '@/core/boxes';
import type { Disposable } from '@/scene/disposable';

const VERTEX = /* glsl */ `
uniform mat4 projectionMatrix, modelViewMatrix;
uniform vec2 middle;
in vec3 position;
in float strength;
out vec2 offset;
out float shown;
void main() {
  offset = position.xy - middle;
  shown = strength;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
uniform float reach;
in vec2 offset;
in float shown;
layout(location = 0) out vec4 outColour;
layout(location = 1) out vec4 outIdent;
void main() {
  outColour = vec4(0.36, 0.42, 0.49, shown * (1.0 - smoothstep(reach * 0.3, reach, length(offset))));
  outIdent = vec4(0.0);
}`;

const STEPS_M = [1, 2, 5, 10, 20, 50, 100] as const;
/** Lines across, at most: lines and not a plane, since a plane costs every pixel of the screen. */
const LINES = 70;

/** A quiet grid under the buildings, parallel to east and north, every fifth line stronger, fading out. */
export class Surroundings implements Disposable {
  readonly group = new Group();
  private readonly geometry = new BufferGeometry();
  private readonly material: RawShaderMaterial;

  constructor(box: Box) {
    const reach = Math.max(20, radius(box) * 2.2);
    const step = STEPS_M.find((one) => (reach * 2) / one <= LINES) ?? 200;
    const [x, y] = centre(box);
    const z = box[2] - 0.05;
    const points: number[] = [];
    const strengths: number[] = [];
    const add = (number: number, ...ends: number[]): void => {
      points.push(...ends);
      const strength = number % 5 === 0 ? 0.3 : 0.13;
      strengths.push(strength, strength);
    };
    for (let i = Math.ceil((x - reach) / step); i * step <= x + reach; i += 1) add(i, i * step, y - reach, z, i * step, y + reach, z);
    for (let i = Math.ceil((y - reach) / step); i * step <= y + reach; i += 1) add(i, x - reach, i * step, z, x + reach, i * step, z);
    this.geometry.setAttribute('position', new BufferAttribute(new Float32Array(points), 3));
    this.geometry.setAttribute('strength', new BufferAttribute(new Float32Array(strengths), 1));
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: { middle: { value: [x, y] }, reach: { value: reach } },
      transparent: true,
      depthWrite: false,
    });
    const lines = new LineSegments(this.geometry, this.material);
    lines.renderOrder = -1;
    lines.frustumCulled = false;
    this.group.add(lines);
  }

  dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
