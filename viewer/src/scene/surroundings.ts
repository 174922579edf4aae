import { GLSL3, Mesh, PlaneGeometry, RawShaderMaterial, Group } from 'three';
import { centre, radius, type Box } from '@/core/boxes';
import type { Disposable } from '@/scene/disposable';

const VERTEX = /* glsl */ `
uniform mat4 projectionMatrix, modelViewMatrix, modelMatrix;
in vec3 position;
out vec2 place;
void main() {
  place = (modelMatrix * vec4(position, 1.0)).xy;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
uniform vec2 middle;
uniform float reach, step1;
in vec2 place;
layout(location = 0) out vec4 outColour;
layout(location = 1) out vec4 outIdent;
float lines(float cell) {
  vec2 at = place / cell;
  vec2 near = abs(fract(at - 0.5) - 0.5) / fwidth(at);
  return 1.0 - min(min(near.x, near.y), 1.0);
}
void main() {
  float fade = 1.0 - smoothstep(reach * 0.35, reach, distance(place, middle));
  float shown = max(lines(step1) * 0.16, lines(step1 * 10.0) * 0.28) * fade;
  if (shown < 0.004) discard;
  outColour = vec4(0.30, 0.36, 0.43, shown);
  outIdent = vec4(0.0);
}`;

/** A quiet grid under the buildings: 1 m or 10 m apart, fading out. */
export class Surroundings implements Disposable {
  readonly group = new Group();
  private readonly plane = new PlaneGeometry(1, 1);
  private readonly material: RawShaderMaterial;

  constructor(box: Box) {
    const reach = Math.max(20, radius(box) * 2.2);
    const [x, y] = centre(box);
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: { middle: { value: [x, y] }, reach: { value: reach }, step1: { value: reach > 60 ? 5 : 1 } },
      transparent: true,
      depthWrite: false,
    });
    const ground = new Mesh(this.plane, this.material);
    ground.scale.set(reach * 2, reach * 2, 1);
    ground.position.set(x, y, box[2] - 0.05);
    ground.renderOrder = -1;
    ground.frustumCulled = false;
    this.group.add(ground);
  }

  dispose(): void {
    this.plane.dispose();
    this.material.dispose();
  }
}
