/** Reads a large table of features beside the page, which would stand still meanwhile. */
import type { FeatureColumns } from '@/api/types';
import { packFeatures } from '@/core/features';

addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
  const packed = packFeatures(JSON.parse(new TextDecoder().decode(data)) as FeatureColumns);
  const { ordinals, areas, boxes, codes, columns } = packed;
  postMessage(packed, { transfer: [ordinals, areas, boxes, codes.starts, codes.slots, ...Object.values(columns)].map((one) => one.buffer) });
});
