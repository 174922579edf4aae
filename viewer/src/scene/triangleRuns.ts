import { Box3, Triangle, Vector3, type BufferAttribute, type BufferGeometry, type Matrix4 } from 'three';
import type { Point } from '@/core/measure';
import { recall } from '@/scene/cardBuffers';

/**
 * Where the triangles of each element lie in an index buffer. Tile writers keep an element's triangles
 * together, so a handful of runs replaces a search over the whole tile.
 */
export class TriangleRuns {
  private found: Map<number, number[]> | null = null; // [first, end) pairs, in corners

  /** `row` is the geometry's column of rows. */
  constructor(private readonly geometry: BufferGeometry, private readonly row: BufferAttribute) {}

  /** How far a point lies from the box about all triangles, metres; 0 within. */
  distance(point: Vector3, matrixWorld: Matrix4): number {
    const { boundingBox } = this.geometry;
    return boundingBox ? new Box3().copy(boundingBox).applyMatrix4(matrixWorld).distanceToPoint(point) : 0;
  }

  /** Looked for when somebody points at something of the tile: few tiles are ever asked. */
  private get runsOfRow(): ReadonlyMap<number, number[]> {
    this.found ??= this.findRuns();
    return this.found;
  }

  private findRuns(): Map<number, number[]> {
    const rows = this.row.array;
    const found = new Map<number, number[]>();
    const index = this.geometry.getIndex();
    const count = index ? index.count : rows.length;
    let first = 0;
    let current = -1;
    const close = (end: number): void => {
      if (current < 0 || end === first) return;
      const runs = found.get(current);
      if (runs) runs.push(first, end);
      else found.set(current, [first, end]);
    };
    for (let i = 0; i < count; i += 3) {
      const row = rows[index ? index.getX(i) : i] ?? 0;
      if (row === current) continue;
      close(i);
      first = i;
      current = row;
    }
    close(count);
    return found;
  }

  /** Corners of the element's triangle that passes nearest to a point, and its distance there. */
  nearest(row: number, point: Vector3, matrixWorld: Matrix4): { corners: [Point, Point, Point]; gap: number } | null {
    if (!recall(this.geometry)) return null;
    const runs = this.runsOfRow.get(row);
    if (!runs) return null;
    const index = this.geometry.getIndex();
    const position = this.geometry.getAttribute('position');
    const [a, b, c] = [new Vector3(), new Vector3(), new Vector3()];
    const triangle = new Triangle();
    const on = new Vector3();
    let best: [Point, Point, Point] | null = null;
    let bestGap = Infinity;
    for (let run = 0; run < runs.length; run += 2) {
      for (let i = runs[run] ?? 0; i < (runs[run + 1] ?? 0); i += 3) {
        [a, b, c].forEach((corner, k) => corner.fromBufferAttribute(position, index ? index.getX(i + k) : i + k).applyMatrix4(matrixWorld));
        const gap = triangle.set(a, b, c).closestPointToPoint(point, on).distanceTo(point);
        if (gap < bestGap) {
          bestGap = gap;
          best = [a.toArray(), b.toArray(), c.toArray()];
        }
      }
    }
    return best ? { corners: best, gap: bestGap } : null;
  }
}
