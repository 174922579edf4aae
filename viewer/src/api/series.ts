import { get } from '@/api/client';
import type { components } from '@/api/schema.gen';
import { SPANS, type Span } from '@/core/series';

export type Series = components['schemas']['Series'];

/** A stream's roll-ups over a day, a week or a month up to a time; null when there is no such stream. */
export async function readSeries(sensor: string, span: Span, until_ms: number, signal?: AbortSignal): Promise<Series | null> {
  const { hours, every } = SPANS[span];
  const from = new Date(until_ms - hours * 3_600_000).toISOString();
  const found = await get<{ items: Series[] }>('api/series', { sensor, from, to: new Date(until_ms).toISOString(), every }, signal);
  return found.items[0] ?? null;
}
