/** What a chart draws of a stream: a mean with the band from least to most, and gaps where nothing came. */

export interface RolledUp {
  every: 'minute' | 'hour' | 'day' | null;
  time: readonly string[];
  mean?: readonly (number | null)[] | null;
  min?: readonly (number | null)[] | null;
  max?: readonly (number | null)[] | null;
}

/** Columns of seconds, mean, least and most; equally long. */
export interface Band {
  at_s: number[];
  mean: (number | null)[];
  least: (number | null)[];
  most: (number | null)[];
}

const STEP_S: Readonly<Record<'minute' | 'hour' | 'day', number>> = { minute: 60, hour: 3600, day: 86_400 };
/** Streams report about once a minute, so that a minute or two may be empty in good health. */
const LONGEST_STEPS: Readonly<Record<'minute' | 'hour' | 'day', number>> = { minute: 10, hour: 2, day: 2 };

/** A line across a time without readings would tell what nobody measured: there it is broken. */
export function bandOf(series: RolledUp): Band {
  const band: Band = { at_s: [], mean: [], least: [], most: [] };
  const { every } = series;
  if (every === null) return band;
  const longest = STEP_S[every] * LONGEST_STEPS[every];
  series.time.forEach((time, i) => {
    const at = Date.parse(time) / 1000;
    const before = band.at_s.at(-1);
    if (before !== undefined && at - before > longest) push(band, before + STEP_S[every], null, null, null);
    push(band, at, series.mean?.[i] ?? null, series.min?.[i] ?? null, series.max?.[i] ?? null);
  });
  return band;
}

function push(band: Band, at_s: number, mean: number | null, least: number | null, most: number | null): void {
  band.at_s.push(at_s);
  band.mean.push(mean);
  band.least.push(least);
  band.most.push(most);
}

export interface Summary {
  least: number;
  mean: number;
  most: number;
}

export function summaryOf(band: Band): Summary | null {
  const means = band.mean.filter((value) => value !== null);
  const [least, most] = [band.least.filter((value) => value !== null), band.most.filter((value) => value !== null)];
  if (!means.length || !least.length || !most.length) return null;
  return { least: least.reduce((a, b) => Math.min(a, b)), mean: means.reduce((sum, value) => sum + value, 0) / means.length, most: most.reduce((a, b) => Math.max(a, b)) };
}

/** How far back each choice looks, and by what it is rolled up. */
export const SPANS = { day: { hours: 24, every: 'minute' }, week: { hours: 168, every: 'hour' }, month: { hours: 744, every: 'hour' } } as const;
export type Span = keyof typeof SPANS;
