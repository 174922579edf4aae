import {
  BackSide, CustomBlending, DataTexture, DoubleSide, FrontSide, GLSL3, NearestFilter, NormalBlending, OneFactor, OneMinusSrcAlphaFactor,
  RGBAIntegerFormat, ShaderMaterial, UnsignedByteType, Vector4, ZeroFactor, type IUniform,
} from 'three';
import { Flag, TEXTURE_WIDTH, type ElementState } from '@/core/elementState';
import type { Disposable } from '@/scene/disposable';

// Matrices, position, normal and, for instances, USE_INSTANCING are declared by three.js.
const VERTEX = /* glsl */ `
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D states;
uniform vec4 cut;

in uint row;

#ifdef GHOST
out float veil;
#else
flat out vec4 ident;
out vec3 shade;
#endif
#ifdef ROOM
flat out uint pattern;
out vec2 ground;
#endif
#ifdef CUT
out float beyond;
#endif

void main() {
  uvec4 state = texelFetch(states, ivec2(int(row) % ${TEXTURE_WIDTH}, int(row) / ${TEXTURE_WIDTH}), 0);
  bool isGhost = (state.a & ${Flag.ghost}u) != 0u;
  #ifdef GHOST
  bool isSeen = isGhost;
  #else
  bool isSeen = !isGhost;
  #endif
  if ((state.a & ${Flag.hidden}u) != 0u || !isSeen) {
    gl_Position = vec4(0.0, 0.0, 2.0, 1.0); // outside the clip volume: no fragment is made
    return;
  }
  vec4 local = vec4(position, 1.0);
  vec3 direction = normal;
  #ifdef USE_INSTANCING
  local = instanceMatrix * local;
  direction = mat3(instanceMatrix) * direction;
  #endif
  vec4 world = modelMatrix * local;
  direction = normalize(mat3(modelMatrix) * direction);
  vec3 outward = direction;
  // Lit on whichever side is seen, so that inside-out shells of real models do not turn black.
  if (dot(direction, world.xyz - cameraPosition) > 0.0) direction = -direction;

  #ifdef GHOST
  // Clear where one looks straight through, denser where one looks along a wall: that is how one tells where it stands.
  veil = mix(0.12, 0.03, abs(dot(direction, normalize(world.xyz - cameraPosition))));
  #else
  vec3 colour = vec3(state.rgb) / 255.0;
  #ifdef ROOM
  // Stairs and slopes would smear it: floors alone carry a pattern.
  pattern = abs(direction.z) > 0.7 ? (state.a / ${Flag.pattern}u) & 3u : 0u;
  ground = world.xy;
  // Floors carry the room's colour, its walls only a tint of it.
  colour = mix(colour, vec3(0.97), 0.55 * (1.0 - abs(direction.z)));
  #endif
  float sun = max(dot(direction, vec3(-0.45, -0.62, 0.64)), 0.0);
  shade = min(colour * (0.80 + 0.19 * sun + 0.07 * direction.z), vec3(1.0));
  bool isSelected = (state.a & ${Flag.selected}u) != 0u;
  if (isSelected) shade = mix(shade, vec3(0.12, 0.44, 0.92), 0.38);
  uint id = row;
  ident = vec4(float(id & 255u), float((id >> 8u) & 255u), float((id >> 16u) & 255u), isSelected ? 255.0 : 128.0) / 255.0;
  #endif
  #ifdef CUT
  beyond = dot(cut.xyz, world.xyz) - cut.w;
  #endif
  vec4 eye = modelViewMatrix * local;
  // Two pixels and a half on each side, near or far: a pipe of two centimetres is what one looks for.
  if ((state.a & ${Flag.bold}u) != 0u) eye.xyz += mat3(viewMatrix) * outward * max(0.012, -eye.z * 0.0024);
  gl_Position = projectionMatrix * eye;
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
precision highp int;

#ifdef GHOST
in float veil;
#else
flat in vec4 ident;
in vec3 shade;
#endif
#ifdef ROOM
flat in uint pattern;
in vec2 ground;
#endif
#ifdef CUT
in float beyond;
#endif

layout(location = 0) out vec4 outColour;
layout(location = 1) out vec4 outIdent;

void main() {
  #ifdef CUT
  if (beyond > 0.0) discard;
  #endif
  #ifdef GHOST
  // How much of what lies behind comes through is all that a ghost writes, see below: no colour, and what lies behind stays pickable.
  outColour = vec4(0.0, 0.0, 0.0, veil);
  outIdent = vec4(0.0);
  #else
  outColour = vec4(shade, 1.0);
  #ifdef ROOM
  if (pattern != 0u) {
    // Half a metre apart on the ground; seen from afar it fades into an even, darker tone.
    vec2 across = vec2(ground.x + ground.y, ground.x - ground.y) * 1.4142;
    vec2 blur = max(fwidth(across) * 1.5, 0.02);
    vec2 line = smoothstep(0.5 - blur, vec2(0.5), abs(fract(across) - 0.5) + 0.12);
    vec2 cell = fract(ground * 2.0) - 0.5;
    float dots = 1.0 - smoothstep(0.16, 0.16 + fwidth(ground.x) * 3.0, length(cell));
    float ink = pattern == 1u ? line.x : pattern == 2u ? dots : max(line.x, line.y);
    outColour.rgb *= 1.0 - 0.42 * mix(ink, 0.3, min(1.0, fwidth(ground.x) * 3.0));
  }
  #endif
  #if defined(CUT) && defined(CLOSED)
  // The inside of a solid shows where it is cut: paint it as a drawing's poché.
  if (!gl_FrontFacing) {
    float hatch = step(0.5, fract((gl_FragCoord.x + gl_FragCoord.y) / 7.0));
    outColour = vec4(mix(vec3(0.36, 0.39, 0.43), vec3(0.44, 0.47, 0.51), hatch), 1.0);
  }
  #endif
  outIdent = ident;
  #endif
}`;

/** The GPU's copy of {@link ElementState}; uploads when the version has moved. */
export class StateTexture implements Disposable {
  readonly texture: DataTexture;
  private uploaded = -1;

  constructor(private readonly state: ElementState) {
    this.texture = new DataTexture(state.texels, TEXTURE_WIDTH, state.height, RGBAIntegerFormat, UnsignedByteType);
    this.texture.internalFormat = 'RGBA8UI';
    this.texture.minFilter = NearestFilter;
    this.texture.magFilter = NearestFilter;
    this.texture.generateMipmaps = false;
  }

  refresh(): boolean {
    if (this.uploaded === this.state.version) return false;
    this.texture.needsUpdate = true;
    this.uploaded = this.state.version;
    return true;
  }

  dispose(): void {
    this.texture.dispose();
  }
}

type Role = 'solid' | 'open' | 'room' | 'ghost';

const DEFINES: Readonly<Record<Role, Record<string, string>>> = { solid: { CLOSED: '' }, open: {}, room: { ROOM: '' }, ghost: { GHOST: '' } };

/** The four materials of a scene; every tile shares them. */
export class ElementMaterials implements Disposable {
  /** Closed shells: one side is enough until a cut shows their inside. */
  readonly solid: ShaderMaterial;
  /** Shells with holes: both sides are drawn, and no inside is claimed where they are cut. */
  readonly open: ShaderMaterial;
  readonly room: ShaderMaterial;
  readonly ghost: ShaderMaterial;
  private readonly cut = new Vector4(0, 0, 1, 0);

  constructor(states: StateTexture) {
    const uniforms: Record<string, IUniform> = { states: { value: states.texture }, cut: { value: this.cut } };
    const make = (role: Role): ShaderMaterial =>
      new ShaderMaterial({
        name: role,
        glslVersion: GLSL3,
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        uniforms,
        defines: { ...DEFINES[role] },
        side: role === 'solid' ? FrontSide : DoubleSide,
        transparent: role === 'ghost',
        depthWrite: role !== 'ghost',
        // The picture's alpha is the product of what each ghost lets through, in any order; what it means is for scene/frame.ts to show.
        blending: role === 'ghost' ? CustomBlending : NormalBlending,
        blendSrc: ZeroFactor,
        blendDst: OneFactor,
        blendSrcAlpha: ZeroFactor,
        blendDstAlpha: OneMinusSrcAlphaFactor,
        polygonOffset: role === 'room',
        polygonOffsetFactor: -1,
        polygonOffsetUnits: -2,
      });
    this.solid = make('solid');
    this.open = make('open');
    this.room = make('room');
    this.ghost = make('ghost');
    this.openRooms(false);
  }

  /** Cut away what lies beyond the plane `normal . p = distance`; null to show everything. */
  section(plane: { normal: readonly [number, number, number]; distance: number } | null): void {
    if (plane) this.cut.set(...plane.normal, plane.distance);
    this.solid.side = plane ? DoubleSide : FrontSide;
    for (const material of this.all()) {
      if ('CUT' in material.defines === (plane !== null)) continue;
      if (plane) material.defines['CUT'] = '';
      else delete material.defines['CUT'];
      material.needsUpdate = true;
    }
  }

  /**
   * Open: only the far inner faces of rooms are drawn, so that one looks into them as into boxes
   * without lids. Closed: rooms are blocks.
   */
  openRooms(isOpen: boolean): void {
    const side = isOpen ? BackSide : FrontSide;
    if (this.room.side === side) return;
    this.room.side = side;
    this.room.needsUpdate = true;
  }

  /** Those that most pictures need. */
  usual(): ShaderMaterial[] {
    return [this.solid, this.open, this.room];
  }

  private all(): ShaderMaterial[] {
    return [this.solid, this.open, this.room, this.ghost];
  }

  dispose(): void {
    for (const material of this.all()) material.dispose();
  }
}
