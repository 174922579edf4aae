/** The table of features: small ones are read where they are, large ones in a worker. */
import { ask } from '@/api/client';
import type { FeatureColumns } from '@/api/types';
import type { Moment } from '@/core/moment';
import { packFeatures, type PackedFeatures } from '@/core/features';

/** About 45,000 elements, 30 ms of reading: less than a worker takes to start. */
const LARGE_BYTES = 4 * 2 ** 20;

function packApart(bytes: ArrayBuffer): Promise<PackedFeatures> {
  const worker = new Worker(new URL('./features.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<PackedFeatures>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<PackedFeatures>) => {
      resolve(data);
    });
    worker.addEventListener('error', (event) => {
      reject(new Error(event.message || 'the worker that reads features did not start'));
    });
    worker.postMessage(bytes, [bytes]);
  }).finally(() => {
    worker.terminate();
  });
}

export async function readFeatures(path: string, moment: Moment): Promise<PackedFeatures> {
  const bytes = await (await ask(path, { ...moment })).arrayBuffer();
  if (bytes.byteLength > LARGE_BYTES) return packApart(bytes);
  return packFeatures(JSON.parse(new TextDecoder().decode(bytes)) as FeatureColumns);
}
