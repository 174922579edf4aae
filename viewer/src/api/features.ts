/** The table of features: small ones are read where they are, large ones in a worker, very large ones in slices. */
import { ask } from '@/api/client';
import type { FeatureColumns, SceneDescription } from '@/api/types';
import type { Moment } from '@/core/moment';
import { breath } from '@/core/breath';
import { FeatureTable, packFeatures, type PackedFeatures } from '@/core/features';

/** About 45,000 elements, 30 ms of reading: less than a worker takes to start. */
const LARGE_BYTES = 4 * 2 ** 20;
/** A quarter of a million ordinals: what a server brings at once in seconds. */
const MOST_SLICES = 8;

const IDLE_MS = 20_000;

interface Reader {
  worker: Worker;
  /** Who waits, in the order of what was given to it. */
  waiting: { resolve: (packed: PackedFeatures) => void; reject: (failure: Error) => void }[];
  rest: ReturnType<typeof setTimeout> | null;
}
let reader: Reader | null = null;

function openReader(): Reader {
  const worker = new Worker(new URL('./features.worker.ts', import.meta.url), { type: 'module' });
  const mine: Reader = { worker, waiting: [], rest: null };
  const close = (): void => {
    worker.terminate();
    if (reader === mine) reader = null;
  };
  worker.addEventListener('message', ({ data }: MessageEvent<PackedFeatures>) => {
    mine.waiting.shift()?.resolve(data);
    if (mine.waiting.length === 0) mine.rest = setTimeout(close, IDLE_MS);
  });
  worker.addEventListener('error', (event) => {
    close();
    for (const { reject } of mine.waiting) reject(new Error(event.message || 'the worker that reads features did not start'));
  });
  return mine;
}

/** Read beside the page, by a worker that is kept while there is something to read. */
function packApart(bytes: ArrayBuffer): Promise<PackedFeatures> {
  reader ??= openReader();
  const { worker, waiting, rest } = reader;
  if (rest) clearTimeout(rest);
  return new Promise<PackedFeatures>((resolve, reject) => {
    waiting.push({ resolve, reject });
    worker.postMessage(bytes, [bytes]);
  });
}

async function readPacked(path: string, query: Record<string, string | number | null>, largeBytes = LARGE_BYTES): Promise<PackedFeatures> {
  const bytes = await (await ask(path, query)).arrayBuffer();
  if (bytes.byteLength > largeBytes) {
    const packed = await packApart(bytes);
    await breath(); // what is made of them takes a while of its own
    return packed;
  }
  return packFeatures(JSON.parse(new TextDecoder().decode(bytes)) as FeatureColumns);
}

/** Everything of a small site; of a large one its rooms, which most questions are about: the rest comes by {@link readSlice}. */
export async function readFeatures({ features, slices }: SceneDescription, moment: Moment): Promise<FeatureTable> {
  if (slices.numbers.length <= MOST_SLICES) return new FeatureTable(await readPacked(features, { ...moment }));
  return new FeatureTable(await readPacked(features, { ...moment, rooms: 'true' }), slices.numbers.length * slices.width + 1);
}

/** Whether a table has only the rooms yet. */
export function comesInSlices({ slices }: SceneDescription): boolean {
  return slices.numbers.length > MOST_SLICES;
}

/** All but the rooms of a slice, always read apart: one comes after the other while somebody works. */
export function readSlice({ features }: SceneDescription, number: number, moment: Moment): Promise<PackedFeatures> {
  return readPacked(features, { ...moment, slice: number, rooms: 'false' }, 2 ** 16);
}
