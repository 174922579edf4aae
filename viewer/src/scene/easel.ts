import {
  BufferAttribute, BufferGeometry, InstancedMesh, InterleavedBuffer, InterleavedBufferAttribute, Mesh, PerspectiveCamera, Scene, WebGLRenderer,
} from 'three';
import { ElementState } from '@/core/elementState';
import { CardWork } from '@/scene/cardWork';
import { takeContext } from '@/scene/context';
import type { Disposable } from '@/scene/disposable';
import { ElementMaterials, StateTexture } from '@/scene/elementMaterial';
import { Frame } from '@/scene/frame';
import { Surroundings } from '@/scene/surroundings';

const TRANSLATED_MS = 3000;

/** Remote desktops and virtual machines draw with the processor. */
const PROCESSORS = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/**
 * A canvas that is ready to be drawn on: its context is made and its shaders are translated, which takes a
 * processor that draws as long as a first picture does. It knows no model, so that it can be made while the
 * model is still under way, and be used for the next one.
 */
export class Easel implements Disposable {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: WebGLRenderer;
  readonly frame: Frame;
  readonly work: CardWork;
  readonly isSoftware: boolean;
  private readonly states = new StateTexture(new ElementState(1));
  /** three.js keeps a shader as long as some material has it. */
  private readonly samples = new ElementMaterials(this.states);
  private readonly ground = new Surroundings([0, 0, 0, 1, 1, 1]);
  private readonly triangle = sampleTriangle();
  private readonly sample = new Scene();
  private isRehearsed = false;
  private hasTranslated = false;
  private hasFinished = false;
  private translating: Promise<void> | null = null;
  private finishing: Promise<void> | null = null;

  /** @throws where there is no WebGL. */
  constructor() {
    const { canvas, context, card, settle } = takeContext();
    this.canvas = canvas;
    this.renderer = new WebGLRenderer({ canvas, ...(context && { context }), antialias: false });
    settle();
    this.isSoftware = PROCESSORS.test(card);
    this.renderer.setClearAlpha(1); // of a context that is given, three.js clears to nothing
    this.renderer.autoClear = false;
    this.renderer.info.autoReset = false; // a frame has several passes
    this.renderer.sortObjects = true;
    this.renderer.debug.checkShaderErrors = import.meta.env.DEV; // each question waits for the card
    this.frame = new Frame(this.renderer);
    this.work = new CardWork(this.renderer.getContext() as WebGL2RenderingContext);
    this.canvas.className = 'picture';
    this.canvas.tabIndex = 0;
    this.sample.add(this.ground.group);
    for (const material of this.samples.usual()) this.sample.add(new Mesh(this.triangle, material));
    this.sample.traverse((one) => (one.frustumCulled = false));
    this.frame.resize(1, 1);
    this.frame.compile(this.sample);
    if (!this.isSoftware) this.frame.compileFine(); // a card draws the first picture with lines and shade
    this.canvas.style.visibility = 'hidden';
  }

  /** Whether pictures may be drawn without waiting for shaders. */
  get isTranslated(): boolean {
    return this.hasTranslated;
  }

  /** Wait until the card has done what the constructor asked of it, or longer than is worth waiting for. */
  translated(): Promise<void> {
    this.translating ??= this.linked(TRANSLATED_MS).then(() => {
      this.hasTranslated = true;
    });
    return this.translating;
  }

  /** Whether pictures with lines and shade may be drawn without waiting. */
  get isFinished(): boolean {
    return this.hasFinished;
  }

  /**
   * Wait until lines, shade, pointing, ghosts and rooms seen from within may be used. Their shaders are begun with when it is
   * asked here, behind the first picture: of a very large site whoever used one at once would wait until that is drawn.
   */
  finished(): Promise<void> {
    this.finishing ??= this.finish();
    return this.finishing;
  }

  private async finish(): Promise<void> {
    await this.translated();
    for (const material of [...this.samples.usual(), this.samples.ghost]) this.sample.add(new InstancedMesh(this.triangle, material, 1));
    this.sample.add(new Mesh(this.triangle, this.samples.ghost));
    this.frame.compile(this.sample);
    this.samples.openRooms(true);
    this.frame.compile(this.sample);
    if (this.isSoftware) this.frame.compileFine();
    await this.linked(Infinity);
    this.hasFinished = true;
  }

  /** Wait until the card has linked what it was given, `patience_ms` at most, then ask about it. */
  private async linked(patience_ms: number): Promise<void> {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    const programs = this.renderer.info.programs ?? [];
    // Some drivers put linking off until a program is asked about, and whoever asks waits: this is no question.
    for (const { program } of programs) gl.validateProgram(program as WebGLProgram);
    const until = performance.now() + patience_ms;
    this.work.given();
    while (this.work.isBusy && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 8));
    // Whoever asks about the second shader once the first has drawn waits until it has.
    for (const program of programs) {
      program.getUniforms();
      program.getAttributes();
    }
  }

  /**
   * Draw one triangle of each kind: only then does a driver make of a shader what the card runs. A picture of the model
   * does it as well.
   */
  rehearse(): void {
    if (this.isRehearsed || this.canvas.isConnected) return;
    this.isRehearsed = true;
    this.states.refresh();
    this.frame.drawElements(this.sample, new PerspectiveCamera(), 0);
    this.frame.presentPlainly();
  }

  /** A context that was lost does not come back by itself on every machine. */
  get isLost(): boolean {
    return this.renderer.getContext().isContextLost();
  }

  /** What was drawn is fit to be seen. */
  unveil(): void {
    this.canvas.style.visibility = '';
  }

  /** Let nothing remain of what was drawn. */
  wipe(): void {
    this.canvas.remove();
    this.canvas.style.visibility = 'hidden';
    this.frame.resize(1, 1);
    this.renderer.setSize(1, 1, false);
  }

  dispose(): void {
    this.triangle.dispose();
    this.samples.dispose();
    this.states.dispose();
    this.ground.dispose();
    this.frame.dispose();
    this.renderer.dispose();
  }
}

/** Attributes of the types that tiles have (`spatial/tiles`): a shader is translated for them. */
function sampleTriangle(): BufferGeometry {
  const triangle = new BufferGeometry();
  triangle.setAttribute('position', new InterleavedBufferAttribute(new InterleavedBuffer(new Uint16Array([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]), 4), 3, 0));
  triangle.setAttribute('normal', new InterleavedBufferAttribute(new InterleavedBuffer(new Int8Array([0, 0, 127, 0, 0, 0, 127, 0, 0, 0, 127, 0]), 4), 3, 0, true));
  triangle.setAttribute('row', new BufferAttribute(new Uint32Array(3), 1));
  triangle.setIndex(new BufferAttribute(new Uint16Array([0, 1, 2]), 1));
  return triangle;
}

let standing: Easel | null = null;

/** Make the easel where there is none yet. */
export function prepareEasel(): Easel {
  standing ??= new Easel();
  return standing;
}

/** The one easel of the page, for a new stage when the one before has left it; made anew where its context was lost. */
export function theEasel(): Easel {
  if (standing?.isLost) {
    standing.dispose();
    standing = null;
  }
  return prepareEasel();
}
