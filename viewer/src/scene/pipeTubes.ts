import { CylinderGeometry, DynamicDrawUsage, FrontSide, GLSL3, Group, InstancedBufferAttribute, InstancedMesh, Matrix4, ShaderMaterial, Vector3, Vector4 } from 'three';
import { SOURCES, type TubeSegment } from '@/core/tubes';
import type { Disposable } from '@/scene/disposable';

// Matrices, position and, as USE_INSTANCING is defined, instanceMatrix are declared by three.js.
const VERTEX = /* glsl */ `
precision highp float;
in vec4 look; // colour, kind
in uint row;
flat out vec4 shown;
flat out vec4 ident;
uniform bool isSolid;
out vec3 across;
out vec3 seen;
out float along;
uniform vec4 cut;
out float beyond;
void main() {
  shown = look;
  vec4 world = modelMatrix * (instanceMatrix * vec4(position, 1.0));
  vec3 side = instanceMatrix[0].xyz;
  vec3 up = instanceMatrix[2].xyz;
  // The normal of an ellipse: each part weighed by the square of its half axis.
  across = normalize(side * position.x / dot(side, side) + up * position.z / dot(up, up));
  seen = world.xyz - cameraPosition;
  // A pixel and a half on each side at least, or one would not see from above what lies in the grounds.
  if (isSolid) world.xyz += across * max(0.0, length(seen) * 0.0017 - length(side));
  ident = row == 0u ? vec4(0.0) : vec4(float(row & 255u), float((row >> 8u) & 255u), float((row >> 16u) & 255u), 128.0) / 255.0;
  along = (position.y + 0.5) * length(instanceMatrix[1].xyz);
  beyond = dot(cut.xyz, world.xyz) - cut.w;
  gl_Position = projectionMatrix * viewMatrix * world;
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
flat in vec4 shown;
flat in vec4 ident;
in vec3 across;
in vec3 seen;
in float along;
in float beyond;
uniform bool isCut;
uniform bool isSolid;
layout(location = 0) out vec4 outColour;
layout(location = 1) out vec4 outIdent;
void main() {
  if (isCut && beyond > 0.0) discard;
  float facing = abs(dot(normalize(across), normalize(seen)));
  float alpha = mix(0.46, 0.16, facing);
  // What a place rests on is told by rings too, not by colour alone.
  float ring = fract(along / (shown.a > 1.5 ? 0.5 : 1.0));
  if (shown.a > 0.5 && shown.a < 2.5 && ring < (shown.a > 1.5 ? 0.4 : 0.12)) alpha = min(0.8, alpha + 0.22);
  outColour = isSolid ? vec4(shown.rgb * (0.7 + 0.3 * facing), 1.0) : vec4(shown.rgb, alpha);
  outIdent = isSolid ? ident : vec4(0.0); // what lies behind a tube stays pickable
}`;

/** Tubes in which pipes lie with 95 %, and the pipes themselves where the model shows none. */
export class PipeTubes implements Disposable {
  readonly group = new Group();
  private readonly cut = new Vector4(0, 0, 1, 0);
  private readonly tube = this.make(false);
  private readonly core = this.make(true);
  private readonly cylinder = new CylinderGeometry(1, 1, 1, 20, 1, true);

  private make(isSolid: boolean): ShaderMaterial {
    return new ShaderMaterial({
      name: isSolid ? 'pipe' : 'tube', glslVersion: GLSL3, vertexShader: VERTEX, fragmentShader: FRAGMENT, side: FrontSide,
      uniforms: { cut: { value: this.cut }, isCut: { value: false }, isSolid: { value: isSolid } },
      transparent: !isSolid, depthWrite: isSolid,
    });
  }

  section(plane: { normal: readonly [number, number, number]; distance: number } | null): void {
    if (plane) this.cut.set(...plane.normal, plane.distance);
    for (const material of [this.tube, this.core]) if (material.uniforms['isCut']) material.uniforms['isCut'].value = plane !== null;
  }

  show(segments: readonly TubeSegment[]): void {
    this.clear();
    this.add(segments.filter((one) => one.isCore), this.core, 1);
    this.add(segments.filter((one) => !one.isCore), this.tube, 2);
  }

  private add(segments: readonly TubeSegment[], material: ShaderMaterial, order: number): void {
    if (!segments.length) return;
    const geometry = this.cylinder.clone();
    const looks = new Float32Array(segments.length * 4);
    geometry.setAttribute('row', new InstancedBufferAttribute(Uint32Array.from(segments, ({ row }) => row), 1));
    const mesh = new InstancedMesh(geometry, material, segments.length);
    const matrix = new Matrix4();
    segments.forEach(({ from, to, side, up, colour, source }, i) => {
      const [a, b] = [new Vector3(...from), new Vector3(...to)];
      matrix.makeBasis(new Vector3(...side), b.clone().sub(a), new Vector3(...up)).setPosition(a.add(b).multiplyScalar(0.5));
      mesh.setMatrixAt(i, matrix);
      looks.set([...colour.map((part) => part / 255), SOURCES.indexOf(source)], i * 4);
    });
    geometry.setAttribute('look', new InstancedBufferAttribute(looks, 4));
    mesh.instanceMatrix.setUsage(DynamicDrawUsage);
    mesh.frustumCulled = false;
    mesh.renderOrder = order;
    this.group.add(mesh);
  }

  private clear(): void {
    for (const mesh of this.group.children.filter((one): one is InstancedMesh => one instanceof InstancedMesh)) {
      mesh.geometry.dispose();
      mesh.dispose();
    }
    this.group.clear();
  }

  dispose(): void {
    this.clear();
    this.cylinder.dispose();
    this.tube.dispose();
    this.core.dispose();
  }
}
