import type { Box } from '@/core/boxes';

export interface RoomLabel {
  row: number;
  box: Box;
  title: string;
  detail: string;
}

export interface PlacedLabel {
  title: string;
  detail: string;
  hasDetail: boolean;
  x: number;
  y: number;
}

type Project = (point: readonly [number, number, number]) => { x: number; y: number } | null;

/**
 * Choose which room labels fit: the largest rooms first, none over another, and the second line only
 * where the room is wide enough on the screen. `widthOf` is the width of a text in pixels.
 */
export function placeLabels(labels: readonly RoomLabel[], project: Project, widthOf: (text: string) => number): PlacedLabel[] {
  const seen = labels.flatMap((label) => {
    const [x0, y0, z, x1, y1] = label.box;
    const at = project([(x0 + x1) / 2, (y0 + y1) / 2, z + 0.1]);
    const corners = [project([x0, y0, z]), project([x1, y0, z]), project([x1, y1, z]), project([x0, y1, z])];
    if (!at || corners.some((corner) => corner === null)) return [];
    const xs = corners.map((corner) => corner?.x ?? 0);
    const ys = corners.map((corner) => corner?.y ?? 0);
    return [{ label, at, width: Math.max(...xs) - Math.min(...xs), height: Math.max(...ys) - Math.min(...ys) }];
  });
  seen.sort((a, b) => b.width * b.height - a.width * a.height);
  const taken: { x0: number; y0: number; x1: number; y1: number }[] = [];
  const out: PlacedLabel[] = [];
  for (const { label, at, width, height } of seen) {
    if (!label.title || width < widthOf(label.title) * 0.9 || height < 14) continue;
    const hasDetail = width > Math.max(64, widthOf(label.detail)) && height > 34;
    const half = { x: widthOf(hasDetail && label.detail.length > label.title.length ? label.detail : label.title) / 2, y: hasDetail ? 16 : 8 };
    const box = { x0: at.x - half.x, y0: at.y - half.y, x1: at.x + half.x, y1: at.y + half.y };
    if (taken.some((other) => box.x0 < other.x1 && other.x0 < box.x1 && box.y0 < other.y1 && other.y0 < box.y1)) continue;
    taken.push(box);
    out.push({ title: label.title, detail: label.detail, hasDetail, x: at.x, y: at.y });
  }
  return out;
}
