import {
  BufferGeometry, CustomBlending, DoubleSide, Float32BufferAttribute, GLSL3, Group, Mesh, OneFactor, OneMinusSrcAlphaFactor, ShaderMaterial, ShapeUtils, SrcAlphaFactor, Vector2, Vector4,
  ZeroFactor,
} from 'three';
import type { AreaKind, FloorArea } from '@/core/cameras';
import type { Disposable } from '@/scene/disposable';

const VERTEX = /* glsl */ `
precision highp float;
in float sight;
out vec3 at;
out float beyond;
out float down;
uniform vec4 cut;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.0);
  at = position;
  down = sight;
  beyond = dot(cut.xyz, world.xyz) - cut.w;
  gl_Position = projectionMatrix * viewMatrix * world;
}`;

// What is seen is dotted, what would be is dashed one way, what nobody sees is striped the other way and heavier; rooms of an answer are hatched.
const FRAGMENT = /* glsl */ `
precision highp float;
in vec3 at;
in float beyond;
in float down;
uniform bool isCut;
uniform bool isChosen;
uniform int kind;
uniform vec3 colour;
layout(location = 0) out vec4 outColour;
layout(location = 1) out vec4 outIdent;
void main() {
  if (isCut && beyond > 0.0) discard;
  float alpha = isChosen ? 0.5 : 0.28;
  if (down > 0.0) {
    alpha = 0.1;
  } else if (kind == 0) {
    vec2 cell = fract(at.xy / 0.8) - 0.5;
    if (dot(cell, cell) < 0.02) alpha += 0.3;
  } else if (kind == 1) {
    alpha = fract((at.x + at.y) / 1.0) < 0.25 ? 0.45 : 0.06;
  } else if (kind == 3) {
    // As the legend's swatch, a metre apart; from afar lines and gaps become one tone.
    float along = (at.x + at.y) * 0.7071;
    float blur = max(fwidth(along), 0.02);
    float line = smoothstep(0.34 - blur, 0.34, abs(fract(along) - 0.5) + 0.02);
    alpha = mix(mix(0.4, 0.8, line), 0.55, min(1.0, fwidth(along) * 2.0));
  } else {
    alpha = fract((at.x - at.y) / 0.7) < 0.5 ? 0.75 : 0.35;
  }
  outColour = vec4(colour, alpha);
  outIdent = vec4(0.0); // what lies below stays pickable
}`;

const KINDS: readonly AreaKind[] = ['seen', 'down', 'blind', 'named'];
const COLOURS: Readonly<Record<AreaKind, readonly [number, number, number]>> = { seen: [0.1, 0.45, 0.75], down: [0.45, 0.45, 0.48], blind: [0.8, 0.25, 0.08], named: [0.5, 0.5, 0.5] };
/** Over the floor, so that the floor does not shine through. */
const OVER_M = 0.06;

/** Flat areas on floors: what cameras see and what nobody sees, rooms that an answer names; of one camera also the sight down to it. */
export class FloorAreas implements Disposable {
  readonly group = new Group();
  private readonly cut = new Vector4(0, 0, 1, 0);
  private isCut = false;

  section(plane: { normal: readonly [number, number, number]; distance: number } | null): void {
    if (plane) this.cut.set(...plane.normal, plane.distance);
    this.isCut = plane !== null;
    for (const mesh of this.meshes()) if (mesh.material.uniforms['isCut']) mesh.material.uniforms['isCut'].value = this.isCut;
  }

  show(areas: readonly FloorArea[]): void {
    this.clear();
    for (const area of areas) {
      const geometry = geometryOf(area);
      if (!geometry) continue;
      const material = new ShaderMaterial({
        name: 'floor area', glslVersion: GLSL3, vertexShader: VERTEX, fragmentShader: FRAGMENT, side: DoubleSide, transparent: area.isBeneath !== true, depthWrite: false,
        // The picture's alpha tells what ghosts let through: floors leave it as it is.
        blending: CustomBlending, blendSrc: SrcAlphaFactor, blendDst: OneMinusSrcAlphaFactor, blendSrcAlpha: ZeroFactor, blendDstAlpha: OneFactor,
        uniforms: { cut: { value: this.cut }, isCut: { value: this.isCut }, isChosen: { value: area.isChosen }, kind: { value: KINDS.indexOf(area.kind) }, colour: { value: area.colour?.map((part) => part / 255) ?? COLOURS[area.kind] } },
      });
      const mesh = new Mesh(geometry, material);
      mesh.frustumCulled = false;
      mesh.renderOrder = area.isBeneath ? -2 : area.kind === 'blind' ? 4 : 3;
      this.group.add(mesh);
    }
  }

  private meshes(): Mesh<BufferGeometry, ShaderMaterial>[] {
    return this.group.children.filter((one): one is Mesh<BufferGeometry, ShaderMaterial> => one instanceof Mesh);
  }

  private clear(): void {
    for (const mesh of this.meshes()) {
      mesh.geometry.dispose();
      mesh.material.dispose();
    }
    this.group.clear();
  }

  dispose(): void {
    this.clear();
  }
}

function geometryOf({ polygons, z, lens }: FloorArea): BufferGeometry | null {
  const corners: number[] = [];
  const sights: number[] = [];
  const put = (x: number, y: number, height: number, sight: number): void => {
    corners.push(x, y, height);
    sights.push(sight);
  };
  for (const rings of polygons) {
    // The first point of a ring stands at its end again.
    const [outer = [], ...holes] = rings.map((ring) => ring.slice(0, -1).map(([x = 0, y = 0]) => new Vector2(x, y)));
    if (outer.length < 3) continue;
    const points = [outer, ...holes].flat();
    for (const triangle of ShapeUtils.triangulateShape(outer, holes)) {
      for (const i of triangle) put(points[i]?.x ?? 0, points[i]?.y ?? 0, z + OVER_M, 0);
    }
    if (!lens) continue;
    outer.forEach((one, i) => {
      const next = outer[(i + 1) % outer.length] ?? one;
      put(...lens, 1);
      put(one.x, one.y, z + OVER_M, 1);
      put(next.x, next.y, z + OVER_M, 1);
    });
  }
  if (!corners.length) return null;
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(corners, 3));
  geometry.setAttribute('sight', new Float32BufferAttribute(sights, 1));
  return geometry;
}
