/** What the map of all sites decides without drawing. */

export const MAP_FIGURES = ['area_m2', 'rooms', 'people', 'alarms', 'orders', 'sensors'] as const;
export type MapFigure = (typeof MAP_FIGURES)[number];

/** Radius of the ring about the chosen site, px. */
export const RING_PX = 31;

export interface LegendClass {
  colour: readonly number[];
  from: number | null;
  to: number | null;
}

/** The classes of the map's legend: as many as there are ends, spread over the colours as the server does. */
export function legendClasses(breaks: readonly number[], colours: readonly (readonly number[])[]): LegendClass[] {
  const classes = breaks.length + 1;
  return Array.from({ length: classes }, (_, at) => ({
    colour: colours[classes === 1 ? Math.floor(colours.length / 2) : Math.round((at * (colours.length - 1)) / (classes - 1))] ?? [0, 0, 0],
    from: breaks[at - 1] ?? null,
    to: breaks[at] ?? null,
  }));
}

/** Length in metres of a round bar of at most `most_px` at a zoom and latitude, and how long it is drawn. */
export function scaleBar(zoom: number, latitude: number, most_px: number): { length_m: number; px: number } {
  const metres = (40_075_016.686 * Math.cos((latitude * Math.PI) / 180)) / (512 * 2 ** zoom);
  const most = metres * most_px;
  const power = 10 ** Math.floor(Math.log10(most));
  const length_m = [5, 2, 1].map((one) => one * power).find((one) => one <= most) ?? power;
  return { length_m, px: length_m / metres };
}

export interface MapName {
  code: string;
  text: string;
  x: number;
  y: number;
}

/** Names beside dots, the weightiest first, none over another, at most `most` of them. */
export function placeNames(dots: readonly (MapName & { value: number })[], frame: { width: number; height: number }, most: number, letter_px = 13): MapName[] {
  const taken: { left: number; top: number; right: number; bottom: number }[] = [];
  const placed: MapName[] = [];
  for (const { code, text, x, y } of [...dots].sort((a, b) => b.value - a.value || a.code.localeCompare(b.code))) {
    if (placed.length >= most) break;
    const wide = [...text].reduce((sum, one) => sum + (one.charCodeAt(0) > 255 ? letter_px : letter_px * 0.58), 8);
    const box = { left: x - wide / 2, top: y - 36, right: x + wide / 2, bottom: y - 14 };
    const isOutside = box.left < 0 || box.top < 0 || box.right > frame.width || box.bottom > frame.height;
    if (isOutside || taken.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top)) continue;
    taken.push(box);
    placed.push({ code, text, x, y });
  }
  return placed;
}
