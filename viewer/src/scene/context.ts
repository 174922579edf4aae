/** The WebGL context of the one canvas that scenes are drawn on. It waits for the card's process, so it is asked for while code is under way. */

/** As three.js asks for it; samples of an edge are ours to merge. */
const ATTRIBUTES: WebGLContextAttributes = {
  alpha: true, depth: true, stencil: false, antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: false, powerPreference: 'high-performance', failIfMajorPerformanceCaveat: false,
};

/** What three.js asks for first. Whoever asks later waits for what the card is drawing by then. */
const EXTENSIONS = [
  'EXT_color_buffer_float', 'WEBGL_clip_cull_distance', 'OES_texture_float_linear', 'EXT_color_buffer_half_float', 'EXT_texture_filter_anisotropic', 'WEBGL_debug_renderer_info',
] as const;

export interface CanvasContext {
  canvas: HTMLCanvasElement;
  /** Null where there is no WebGL 2. */
  context: WebGL2RenderingContext | null;
}

let waiting: CanvasContext | null = null;
let isTaken = false;

function open(): CanvasContext {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('webgl2', ATTRIBUTES);
  for (const name of EXTENSIONS) context?.getExtension(name);
  return { canvas, context };
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
