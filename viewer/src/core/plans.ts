/** Storeys as drawings: metres, x to the east; a drawing's y runs down where north runs up. */

type Ring = readonly (readonly number[])[];

interface RoomShape {
  rings: readonly Ring[];
}

const coordinate = (value: number): string => String(Math.round(value * 1000) / 1000);

/** Path of an SVG through all rings of a room, for the even-odd rule. */
export function pathOf(rings: readonly Ring[]): string {
  return rings.map((ring) => `M${ring.map(([x = 0, y = 0]) => `${coordinate(x)} ${coordinate(-y)}`).join('L')}Z`).join('');
}

function boxOf(rings: readonly Ring[]): [number, number, number, number] | null {
  const points = rings.flat();
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(([x = 0]) => x), points.map(([, y = 0]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Where a room's label stands: the middle of its widest stretch at half its height, which lies inside it. */
export function placeOf(rings: readonly Ring[]): { x: number; y: number; width: number } | null {
  const box = boxOf(rings);
  if (!box) return null;
  const y = (box[1] + box[3]) / 2;
  const crossings: number[] = [];
  for (const ring of rings) {
    ring.forEach(([x0 = 0, y0 = 0], i) => {
      const [x1 = 0, y1 = 0] = ring[(i + 1) % ring.length] ?? [];
      if (y0 > y !== y1 > y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    });
  }
  crossings.sort((a, b) => a - b);
  let best: [number, number] = [box[0], box[2]];
  let width = -1;
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i] ?? 0, crossings[i + 1] ?? 0];
    if (to - from > width) [best, width] = [[from, to], to - from];
  }
  return { x: (best[0] + best[1]) / 2, y: -y, width: best[1] - best[0] };
}

/** What part of a drawing holds all of its rooms with a margin; `aspect` > 0 makes it at least that wide for its height. */
export function viewBoxOf(plan: { rooms: readonly RoomShape[] }, margin: number, aspect: number): { x: number; y: number; width: number; height: number } {
  const box = boxOf(plan.rooms.flatMap((room) => room.rings));
  if (!box) return { x: 0, y: 0, width: 10, height: 10 };
  const [width, height] = [box[2] - box[0] + 2 * margin, box[3] - box[1] + 2 * margin];
  const wide = Math.max(width, height * aspect);
  return { x: box[0] - margin - (wide - width) / 2, y: -box[3] - margin, width: wide, height: aspect > 0 ? Math.max(height, wide / aspect) : height };
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** Which of some places one comes to from another: the nearest in a direction, what lies aside counting double; null at the edge. */
export function nextTowards<P extends { x: number; y: number }>(places: readonly P[], from: { x: number; y: number }, direction: Direction): P | null {
  const [dx, dy] = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] }[direction] as [number, number];
  let best: P | null = null;
  let least = Infinity;
  for (const place of places) {
    const along = (place.x - from.x) * dx + (place.y - from.y) * dy;
    const aside = Math.abs((place.x - from.x) * dy) + Math.abs((place.y - from.y) * dx);
    const far = along + 2 * aside;
    if (along > 0.01 && along >= aside / 2 && far < least) [best, least] = [place, far];
  }
  return best;
}
