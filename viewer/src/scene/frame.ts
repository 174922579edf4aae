import {
  Color, DepthFormat, DepthTexture, FloatType, GLSL3, HalfFloatType, LinearFilter, Mesh, NearestFilter, NoBlending, NormalBlending, OrthographicCamera, PlaneGeometry,
  RGBAFormat, RawShaderMaterial, Scene, UnsignedByteType, Vector2, Vector4, WebGLRenderTarget, type IUniform, type Matrix4,
  type PerspectiveCamera, type WebGLRenderer,
} from 'three';
import type { Disposable } from '@/scene/disposable';

const FULL_SCREEN = /* glsl */ `
in vec3 position;
out vec2 uv;
void main() {
  uv = position.xy * 0.5 + 0.5;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`;

/**
 * Ghosts are a haze that never grows thick: a quarter of its ink at most over the ground, a tenth over what is asked about,
 * however many walls stand behind one another. How much comes through them is the alpha of the colours.
 */
const HAZE = /* glsl */ `
uniform vec4 haze; // its ink; 1 where there are ghosts at all
vec3 hazed(vec3 picture, float through, bool isSolid, float edge) {
  float thick = (1.0 - through) * 0.24 + smoothstep(0.012, 0.07, edge) * 0.3;
  return mix(picture, haze.rgb, thick * (isSolid ? 0.35 : 1.0));
}
`;

/**
 * From colour, element ids and depth to a picture: soft contact shadows, lines where elements or planes
 * meet, the outline of what is selected. Lines come from the second difference of inverse depth, which
 * is zero on any plane, so no normals are stored.
 */
const COMPOSE = /* glsl */ `
precision highp float;
${HAZE}uniform sampler2D colours;
uniform sampler2D idents;
uniform sampler2D depths;
uniform vec2 size;
uniform vec2 range; // near, far
uniform mat4 inverseProjection;
uniform float hovered;
uniform float weight;
uniform int samples;
uniform float turn;
uniform float shadeReach;
in vec2 uv;
layout(location = 0) out vec4 outColour;

float inverseDepth(vec2 at) {
  float z = textureLod(depths, at, 0.0).r * 2.0 - 1.0;
  // 1 / eye distance of a perspective depth
  return (range.y + range.x - z * (range.y - range.x)) / (2.0 * range.x * range.y);
}
vec3 eyePoint(vec2 at) {
  vec4 p = inverseProjection * vec4(at * 2.0 - 1.0, textureLod(depths, at, 0.0).r * 2.0 - 1.0, 1.0);
  return p.xyz / p.w;
}
/** Noise whose neighbours differ evenly (Jimenez 2014, "interleaved gradient noise"). */
float gradientNoise(vec2 at) {
  return fract(52.9829189 * fract(dot(at, vec2(0.06711056, 0.00583715))));
}
float rowOf(vec4 ident) {
  return floor(ident.r * 255.0 + 0.5) + floor(ident.g * 255.0 + 0.5) * 256.0 + floor(ident.b * 255.0 + 0.5) * 65536.0;
}

void main() {
  vec4 drawn = textureLod(colours, uv, 0.0);
  vec3 picture = drawn.rgb;
  vec4 here = textureLod(idents, uv, 0.0);
  vec2 px = 1.0 / size;

  vec4 east = textureLod(idents, uv + vec2(px.x, 0.0), 0.0);
  vec4 west = textureLod(idents, uv - vec2(px.x, 0.0), 0.0);
  vec4 north = textureLod(idents, uv + vec2(0.0, px.y), 0.0);
  vec4 south = textureLod(idents, uv - vec2(0.0, px.y), 0.0);
  bool isSolid = here.a > 0.25;
  bool bySolid = east.a > 0.25 || west.a > 0.25 || north.a > 0.25 || south.a > 0.25;
  // Ghosts have lines where one of them ends; where something solid does, it has a line of its own.
  float edge = 0.0;
  if (haze.a > 0.0) {
    if (isSolid == east.a > 0.25) edge = abs(drawn.a - textureLod(colours, uv + vec2(px.x, 0.0), 0.0).a);
    if (isSolid == north.a > 0.25) edge = max(edge, abs(drawn.a - textureLod(colours, uv + vec2(0.0, px.y), 0.0).a));
  }
  if (!isSolid && !bySolid) {
    outColour = vec4(haze.a > 0.0 ? hazed(picture, drawn.a, false, edge) : picture, weight);
    return;
  }

  float w = inverseDepth(uv);
  float we = inverseDepth(uv + vec2(px.x, 0.0));
  float ww = inverseDepth(uv - vec2(px.x, 0.0));
  float wn = inverseDepth(uv + vec2(0.0, px.y));
  float ws = inverseDepth(uv - vec2(0.0, px.y));
  float bend = (abs(we + ww - 2.0 * w) + abs(wn + ws - 2.0 * w)) / max(w, 1e-6);
  bool isOther = here.rgb != east.rgb || here.rgb != north.rgb;
  float line = max(isOther ? 0.42 : 0.0, 0.5 * smoothstep(0.004, 0.03, bend));
  // Lines thin out with distance, or a far facade would turn black.
  line *= clamp(1.4 - 0.9 * log2(max(1.0, 1.0 / (w * 40.0))) * 0.25, 0.15, 1.0);
  picture = mix(picture, vec3(0.16, 0.20, 0.26), line);
  if (isSolid && samples > 0) {
    vec3 p = eyePoint(uv);
    vec3 dx = abs(we - w) < abs(ww - w) ? eyePoint(uv + vec2(px.x, 0.0)) - p : p - eyePoint(uv - vec2(px.x, 0.0));
    vec3 dy = abs(wn - w) < abs(ws - w) ? eyePoint(uv + vec2(0.0, px.y)) - p : p - eyePoint(uv - vec2(0.0, px.y));
    vec3 n = normalize(cross(dx, dy));
    float noise = gradientNoise(gl_FragCoord.xy + 5.588238 * turn);
    float spread = gradientNoise(gl_FragCoord.yx * 1.37 + 17.31 + 3.1234 * turn);
    float reach = shadeReach * w * size.y * 0.6; // pixels
    float dark = 0.0;
    for (int i = 0; i < samples; i += 1) {
      float angle = 6.2831853 * (noise + float(i) * 0.618034);
      float distance = reach * (float(i) + spread) / float(samples);
      vec3 v = eyePoint(uv + vec2(cos(angle), sin(angle)) * max(distance, 1.5) * px) - p;
      float vv = dot(v, v);
      dark += max(0.0, dot(v, n) - 0.004 / w * 0.25 - 0.01) / (vv + 0.02) * step(vv, shadeReach * shadeReach * 4.0);
    }
    picture *= 1.0 - min(0.55, dark * shadeReach * 0.55 / float(samples));
  }
  if (haze.a > 0.0) picture = hazed(picture, drawn.a, isSolid, edge);
  if (hovered > 0.5 && isSolid && rowOf(here) == hovered) picture = mix(picture, vec3(1.0), 0.28);
  bool isPicked = here.a > 0.75;
  bool atPicked = max(max(east.a, west.a), max(north.a, south.a)) > 0.75;
  if (isPicked != atPicked || (isPicked && min(min(east.a, west.a), min(north.a, south.a)) < 0.75)) picture = vec3(0.07, 0.36, 0.86);
  outColour = vec4(picture, weight);
}`;

const COPY = /* glsl */ `
precision highp float;
uniform sampler2D colours;
in vec2 uv;
layout(location = 0) out vec4 outColour;
void main() { outColour = vec4(textureLod(colours, uv, 0.0).rgb, 1.0); }`;

const PLAIN = /* glsl */ `
precision highp float;
${HAZE}uniform sampler2D colours;
uniform sampler2D idents;
uniform vec2 share; // how much of the texture's sides holds the picture
in vec2 uv;
layout(location = 0) out vec4 outColour;
void main() {
  vec4 drawn = textureLod(colours, uv * share, 0.0);
  if (haze.a > 0.0) drawn.rgb = hazed(drawn.rgb, drawn.a, textureLod(idents, uv * share, 0.0).a > 0.25, 0.0);
  outColour = vec4(drawn.rgb, 1.0);
}`;

const PROBE = /* glsl */ `
precision highp float;
uniform sampler2D idents;
uniform sampler2D depths;
uniform vec2 at;
layout(location = 0) out vec4 outIdent;
layout(location = 1) out vec4 outDepth;
void main() {
  outIdent = textureLod(idents, at, 0.0);
  float d = textureLod(depths, at, 0.0).r;
  vec3 parts = fract(d * vec3(1.0, 256.0, 65536.0));
  outDepth = vec4(parts - parts.yzz * vec3(1.0 / 256.0, 1.0 / 256.0, 0.0), 1.0);
}`;

const GHOSTS_BY_DAY = [0.33, 0.39, 0.46] as const;
const GHOSTS_BY_NIGHT = [0.72, 0.77, 0.83] as const;

export interface Probe {
  row: number;
  /** Depth buffer value, 0 near to 1 far. */
  depth: number;
}

export class Frame implements Disposable {
  private readonly target: WebGLRenderTarget;
  private readonly still: WebGLRenderTarget;
  private readonly probeTarget: WebGLRenderTarget;
  private readonly camera = new OrthographicCamera(-1, 1, 1, -1, 0, 1);
  private readonly plane = new PlaneGeometry(2, 2);
  private readonly scene = new Scene();
  private readonly quad: Mesh;
  private readonly compose: RawShaderMaterial;
  private readonly copy: RawShaderMaterial;
  private readonly plain: RawShaderMaterial;
  private readonly probing: RawShaderMaterial;
  private readonly size = new Vector2(1, 1);
  private readonly clear = new Color(0, 0, 0);
  private readonly haze = new Vector4(0, 0, 0, 0);
  /** Part of the target's sides that the last picture filled. */
  private readonly share = new Vector2(1, 1);

  constructor(private readonly renderer: WebGLRenderer) {
    this.target = new WebGLRenderTarget(1, 1, { count: 2, type: UnsignedByteType, format: RGBAFormat, minFilter: NearestFilter, magFilter: NearestFilter, depthBuffer: true });
    // A picture of half the size is stretched smoothly; ids and depths must not be mixed.
    for (const colours of this.target.textures.slice(0, 1)) colours.minFilter = colours.magFilter = LinearFilter;
    this.target.depthTexture = new DepthTexture(1, 1, FloatType);
    this.target.depthTexture.format = DepthFormat;
    this.still = new WebGLRenderTarget(1, 1, { type: HalfFloatType, minFilter: NearestFilter, magFilter: NearestFilter, depthBuffer: false });
    this.probeTarget = new WebGLRenderTarget(1, 1, { count: 2, type: UnsignedByteType, depthBuffer: false });
    const pass = (fragmentShader: string, uniforms: Record<string, IUniform>): RawShaderMaterial =>
      new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: FULL_SCREEN, fragmentShader, uniforms, depthTest: false, depthWrite: false, blending: NoBlending });
    const inputs = {
      colours: { value: this.target.textures[0] },
      idents: { value: this.target.textures[1] },
      depths: { value: this.target.depthTexture },
    };
    this.compose = pass(COMPOSE, {
      ...inputs,
      size: { value: this.size },
      range: { value: new Vector2() },
      inverseProjection: { value: null },
      hovered: { value: 0 },
      weight: { value: 1 },
      samples: { value: 0 },
      turn: { value: 0 },
      shadeReach: { value: 1 },
      haze: { value: this.haze },
    });
    this.copy = pass(COPY, { colours: { value: this.still.texture } });
    this.plain = pass(PLAIN, { colours: inputs.colours, idents: inputs.idents, share: { value: this.share }, haze: { value: this.haze } });
    this.probing = pass(PROBE, { idents: inputs.idents, depths: inputs.depths, at: { value: new Vector2() } });
    this.quad = new Mesh(this.plane, this.compose);
    this.quad.frustumCulled = false;
    this.scene.add(this.quad);
  }

  resize(width: number, height: number): void {
    this.size.set(width, height);
    this.target.setSize(width, height);
    this.still.setSize(width, height);
  }

  backdrop(colour: string): void {
    // Raw bytes, as all colours here: the picture is composed in display space.
    this.clear.setStyle(colour, 'srgb-linear');
    const [red, green, blue] = this.clear.g > 0.5 ? GHOSTS_BY_DAY : GHOSTS_BY_NIGHT;
    this.haze.set(red, green, blue, this.haze.w);
  }

  /** Whether any ghost is drawn: only then is their haze reckoned. */
  ghosts(areThere: boolean): void {
    this.haze.setW(areThere ? 1 : 0);
  }

  private uniform(name: string): IUniform {
    const uniform = this.compose.uniforms[name];
    if (!uniform) throw new Error(`no uniform ${name}`);
    return uniform;
  }

  /** Have the shaders of a scene, and of how it is shown while it moves, translated: the card does it beside us. */
  compile(scene: Scene): void {
    const { renderer } = this;
    renderer.setRenderTarget(this.target);
    renderer.compile(scene, this.camera);
    renderer.setRenderTarget(null);
    this.compilePass(this.plain);
  }

  /** ...as well those of lines and shade, and of what stands at a place of the picture. */
  compileFine(): void {
    for (const pass of [this.compose, this.copy, this.probing]) this.compilePass(pass);
  }

  private compilePass(pass: RawShaderMaterial): void {
    this.quad.material = pass;
    this.renderer.compile(this.scene, this.camera);
  }

  /**
   * Draw the elements; `picture` counts from 0 while the view stands still and shifts the camera by parts of a pixel.
   * `share` of the sides is filled: less than 1 only for pictures that are shown by `presentPlainly`.
   */
  drawElements(scene: Scene, camera: PerspectiveCamera, picture: number, share = 1): void {
    const { renderer } = this;
    const [width, height] = [Math.ceil(this.size.x * share), Math.ceil(this.size.y * share)];
    this.share.set(width / this.size.x, height / this.size.y);
    this.target.viewport.set(0, 0, width, height);
    if (picture > 0) {
      const [x, y] = [halton(picture, 2) - 0.5, halton(picture, 3) - 0.5];
      camera.setViewOffset(this.size.x, this.size.y, x, y, this.size.x, this.size.y);
    }
    renderer.setRenderTarget(this.target);
    renderer.clear(false, true, false);
    // The two attachments start from different values, which only WebGL itself can say.
    const gl = renderer.getContext() as WebGL2RenderingContext;
    gl.clearBufferfv(gl.COLOR, 0, [this.clear.r, this.clear.g, this.clear.b, 1]);
    gl.clearBufferfv(gl.COLOR, 1, [0, 0, 0, 0]);
    renderer.render(scene, camera);
    this.inverse = camera.projectionMatrixInverse.clone();
    (this.uniform('range').value as Vector2).set(camera.near, camera.far);
    if (picture > 0) camera.clearViewOffset();
  }

  private inverse: Matrix4 | null = null;

  /** Compose the picture onto the canvas; pictures after the first are averaged with those before. */
  present(picture: number, samples: number, hoveredRow: number, shadeReach: number): void {
    const { renderer } = this;
    this.uniform('inverseProjection').value = this.inverse;
    this.uniform('hovered').value = hoveredRow;
    this.uniform('samples').value = samples;
    this.uniform('shadeReach').value = shadeReach;
    this.uniform('turn').value = picture;
    this.uniform('weight').value = 1 / (picture + 1);
    this.compose.blending = picture === 0 ? NoBlending : NormalBlending;
    this.compose.transparent = picture > 0;
    this.draw(this.compose, this.still);
    this.draw(this.copy, null);
    renderer.setRenderTarget(null);
  }

  /** Show the elements as drawn, without lines and shade: a tenth of the work, for slow machines in motion. */
  presentPlainly(): void {
    this.draw(this.plain, null);
  }

  private draw(material: RawShaderMaterial, target: WebGLRenderTarget | null): void {
    this.quad.material = material;
    this.renderer.setRenderTarget(target);
    this.renderer.render(this.scene, this.camera);
  }

  /**
   * Read what the last picture shows at a place of the canvas (0..1 from the upper left).
   *
   * The ids were drawn with the picture, so this renders one pixel and no element.
   */
  probe(x: number, y: number): Probe {
    const { renderer } = this;
    const at = this.probing.uniforms['at'];
    if (at) (at.value as Vector2).set(x, 1 - y).multiply(this.share);
    this.draw(this.probing, this.probeTarget);
    const ident = new Uint8Array(4);
    const depth = new Uint8Array(4);
    renderer.readRenderTargetPixels(this.probeTarget, 0, 0, 1, 1, ident, undefined, 0);
    renderer.readRenderTargetPixels(this.probeTarget, 0, 0, 1, 1, depth, undefined, 1);
    renderer.setRenderTarget(null);
    const byte = (bytes: Uint8Array, i: number): number => bytes[i] ?? 0;
    return {
      row: byte(ident, 3) < 64 ? 0 : byte(ident, 0) + byte(ident, 1) * 256 + byte(ident, 2) * 65536,
      depth: byte(depth, 0) / 255 + byte(depth, 1) / (255 * 256) + byte(depth, 2) / (255 * 65536),
    };
  }

  dispose(): void {
    this.target.depthTexture?.dispose();
    for (const target of [this.target, this.still, this.probeTarget]) target.dispose();
    for (const material of [this.compose, this.copy, this.plain, this.probing]) material.dispose();
    this.plane.dispose();
  }
}

function halton(index: number, base: number): number {
  let [result, fraction, i] = [0, 1, index];
  while (i > 0) {
    fraction /= base;
    result += fraction * (i % base);
    i = Math.floor(i / base);
  }
  return result;
}
