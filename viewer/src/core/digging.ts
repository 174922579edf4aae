/** The outline of a pit: drawn, or pasted from a survey table, WKT or GeoJSON. */

export type Corner = readonly [east: number, north: number];

const MOST_CORNERS = 500;
const NUMBER = /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi;

/**
 * Corners from text: a line a corner, or WKT, or GeoJSON. Chinese survey tables have X north, drawings X east: the order is taken
 * that lies nearer to the site. Null where fewer than three corners can be read.
 *
 * @param near a place of the site, east and north, metres
 */
export function cornersOf(text: string, near: readonly number[]): Corner[] | null {
  const pairs = pairsOf(text);
  if (pairs === null) return null;
  const open = withoutClosing(pairs);
  if (open.length < 3 || open.length > MOST_CORNERS) return null;
  const away = (corners: readonly Corner[]): number => Math.max(...corners.map(([e, n]) => Math.hypot(e - (near[0] ?? 0), n - (near[1] ?? 0))));
  const turned = open.map(([a, b]): Corner => [b, a]);
  return away(turned) < away(open) ? turned : open;
}

function pairsOf(text: string): Corner[] | null {
  const plain = text.trim();
  if (plain.startsWith('{')) {
    try {
      return ringOf(JSON.parse(plain));
    } catch {
      return null;
    }
  }
  const lines = /^(MULTI)?POLYGON/i.test(plain) ? (plain.split(')')[0] ?? '').split(',') : plain.split(/[\n;；]/);
  const found: Corner[] = [];
  for (const line of lines) {
    const numbers = (line.match(NUMBER) ?? []).map(Number);
    if (numbers.length === 0) continue;
    // A number of the point may stand before its coordinates, which are never so small.
    const [a, b] = numbers.length > 2 && Number.isInteger(numbers[0]) && Math.abs(numbers[0] ?? 0) < 1000 && Math.abs(numbers[1] ?? 0) >= 1000 ? numbers.slice(1) : numbers;
    if (a === undefined || b === undefined) return null;
    found.push([a, b]);
  }
  return found;
}

function ringOf(value: unknown): Corner[] | null {
  const one = value as { type?: string; geometry?: unknown; features?: unknown[]; coordinates?: unknown };
  if (one.type === 'FeatureCollection') return ringOf(one.features?.[0] ?? {});
  if (one.type === 'Feature') return ringOf(one.geometry ?? {});
  if (one.type !== 'Polygon') return null;
  const ring = (one.coordinates as unknown[][] | undefined)?.[0];
  if (!Array.isArray(ring)) return null;
  const corners = ring.map((point) => point as unknown[]);
  return corners.every((point) => typeof point[0] === 'number' && typeof point[1] === 'number') ? corners.map((point): Corner => [point[0] as number, point[1] as number]) : null;
}

function withoutClosing(corners: readonly Corner[]): Corner[] {
  const [first, last] = [corners[0], corners.at(-1)];
  return first && last && corners.length > 3 && Math.hypot(first[0] - last[0], first[1] - last[1]) < 1e-6 ? corners.slice(0, -1) : [...corners];
}

export function wktOf(corners: readonly Corner[]): string {
  const spelt = [...corners, ...corners.slice(0, 1)].map(([east, north]) => `${east.toFixed(3)} ${north.toFixed(3)}`);
  return `POLYGON ((${spelt.join(', ')}))`;
}

/** Corners as they stand in an address: `e,n;e,n`. */
export function spell(corners: readonly Corner[]): string {
  return corners.map(([east, north]) => `${east.toFixed(2)},${north.toFixed(2)}`).join(';');
}

/** Area, m2, whichever way round the corners go. */
export function areaOf(corners: readonly Corner[]): number {
  let twice = 0;
  corners.forEach(([e, n], i) => {
    const [f, m] = corners[(i + 1) % corners.length] ?? [e, n];
    twice += e * m - f * n;
  });
  return Math.abs(twice) / 2;
}

/** Whether two sides of an outline cross: then it is none. */
export function crossesItself(corners: readonly Corner[]): boolean {
  const side = (a: Corner, b: Corner, c: Corner): number => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const count = corners.length;
  for (let i = 0; i < count; i += 1) {
    for (let k = i + 2; k < count; k += 1) {
      if (i === 0 && k === count - 1) continue; // neighbours
      const [a, b, c, d] = [corners[i], corners[(i + 1) % count], corners[k], corners[(k + 1) % count]];
      if (a && b && c && d && side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}
