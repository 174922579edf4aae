/** The WebGL context of the one canvas that scenes are drawn on. It waits for the card's process, so it is asked for while code is under way. */

/** As three.js asks for it; samples of an edge are ours to merge. */
const ATTRIBUTES: WebGLContextAttributes = {
  alpha: true, depth: true, stencil: false, antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: false, powerPreference: 'high-performance', failIfMajorPerformanceCaveat: false,
};

/** What three.js asks for first. Whoever asks later waits for what the card is drawing by then. */
const EXTENSIONS = [
  'EXT_color_buffer_float', 'WEBGL_clip_cull_distance', 'OES_texture_float_linear', 'EXT_color_buffer_half_float', 'EXT_texture_filter_anisotropic', 'WEBGL_debug_renderer_info',
] as const;

/** ...and what it asks the card itself for. */
const QUESTIONS = ['VERSION', 'SAMPLES', 'SCISSOR_BOX', 'VIEWPORT'] as const;

export interface CanvasContext {
  canvas: HTMLCanvasElement;
  /** Null where there is no WebGL 2. */
  context: WebGL2RenderingContext | null;
  /** The card's name; empty where it is not told. */
  card: string;
  /** Forget what was asked ahead, which holds until something is drawn. */
  settle(): void;
}

/** A canvas of a wall of four screens; what is noted larger was noted wrongly. */
const MOST_PIXELS = 40e6;
const LAST_SIZE = 'fangma.canvas';

/** Note how large the canvas is: the next one begins so, since a size that changes waits for the card. */
export function rememberSize({ width, height }: HTMLCanvasElement): void {
  try {
    localStorage.setItem(LAST_SIZE, `${String(width)}x${String(height)}`);
  } catch {
    // a browser that keeps nothing begins small
  }
}

function lastSize(): [number, number] {
  try {
    const [width = 1, height = 1] = (localStorage.getItem(LAST_SIZE) ?? '').split('x').map(Number);
    if (width >= 1 && height >= 1 && width * height <= MOST_PIXELS) return [width, height];
  } catch {
    // begin small
  }
  return [1, 1];
}

let waiting: CanvasContext | null = null;
let isTaken = false;

function open(): CanvasContext {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = lastSize();
  const context = canvas.getContext('webgl2', ATTRIBUTES);
  for (const name of EXTENSIONS) context?.getExtension(name);
  if (!context) return { canvas, context, card: '', settle: () => undefined };
  const answers = new Map(QUESTIONS.map((name) => [context[name] as GLenum, context.getParameter(context[name]) as unknown]));
  const unmasked = context.getExtension('WEBGL_debug_renderer_info');
  const card = unmasked ? String(context.getParameter(unmasked.UNMASKED_RENDERER_WEBGL)) : '';
  const ask = context.getParameter.bind(context);
  context.getParameter = (name: GLenum) => (answers.has(name) ? answers.get(name) : ask(name));
  return {
    canvas, context, card,
    settle: () => {
      Reflect.deleteProperty(context, 'getParameter');
    },
  };
}

/** Open a context ahead, once. */
export function expectContext(): void {
  if (!isTaken) waiting ??= open();
}

/** The context that was opened ahead, once; else a new one. */
export function takeContext(): CanvasContext {
  const early = waiting;
  waiting = null;
  isTaken = true;
  return early ?? open();
}
