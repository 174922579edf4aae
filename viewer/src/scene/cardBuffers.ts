import { type BufferAttribute, type BufferGeometry, type InterleavedBuffer, InterleavedBufferAttribute } from 'three';

type Uploaded = BufferAttribute | InterleavedBuffer;
type Numbers = Uploaded['array'];

interface OnCard {
  gl: WebGL2RenderingContext;
  buffer: WebGLBuffer;
  make: new (length: number) => Numbers;
  length: number;
}

/** Where the card has what the page has let go. */
const onCard = new WeakMap<Uploaded, OnCard>();

function uploadedAs(attribute: BufferAttribute | InterleavedBufferAttribute): Uploaded {
  return attribute instanceof InterleavedBufferAttribute ? attribute.data : attribute;
}

function columnsOf(geometry: BufferGeometry): Uploaded[] {
  return Object.values(geometry.attributes).map((attribute) => uploadedAs(attribute as BufferAttribute | InterleavedBufferAttribute));
}

/**
 * Let the page's copy of a geometry go as soon as the card has its own: of a large site that is most of the page's memory.
 * three.js needs the numbers for the upload alone, and bounds only where a geometry has none, so these are made first.
 * After a lost context nothing can be drawn of it: the tile has to be read anew.
 */
export function leaveToCard(geometry: BufferGeometry, gl: WebGL2RenderingContext): void {
  if (!geometry.boundingBox) geometry.computeBoundingBox();
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  for (const column of columnsOf(geometry)) letGo(column, gl, gl.ARRAY_BUFFER_BINDING);
  const index = geometry.getIndex();
  if (index) letGo(index, gl, gl.ELEMENT_ARRAY_BUFFER_BINDING);
}

function letGo(column: Uploaded, gl: WebGL2RenderingContext, binding: GLenum): void {
  column.onUpload(() => {
    const buffer = gl.getParameter(binding) as WebGLBuffer | null; // three.js has just filled it; known without asking the card
    const { array } = column;
    if (!buffer || array.length === 0) return;
    const make = array.constructor as OnCard['make'];
    onCard.set(column, { gl, buffer, make, length: array.length });
    column.array = new make(0);
  });
}

/**
 * Bring back what was let go, for good: whoever points at a tile goes on pointing at it.
 *
 * @returns whether the numbers are here; a card that was lost has none.
 */
export function recall(geometry: BufferGeometry): boolean {
  const index = geometry.getIndex();
  return [...columnsOf(geometry), ...(index ? [index] : [])].every(bringBack);
}

function bringBack(column: Uploaded): boolean {
  const kept = onCard.get(column);
  if (!kept) return true;
  const { gl, buffer, make, length } = kept;
  if (gl.isContextLost()) return false;
  const array = new make(length);
  gl.bindBuffer(gl.COPY_READ_BUFFER, buffer);
  gl.getBufferSubData(gl.COPY_READ_BUFFER, 0, array);
  gl.bindBuffer(gl.COPY_READ_BUFFER, null);
  column.array = array;
  onCard.delete(column);
  return true;
}
