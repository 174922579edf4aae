import { describe, expect, it } from 'vitest';
import type { PipePiece } from '@/api/pipes';
import { along, cutAt, wayOf } from '@/core/runs';
import { acrossOf, coresOf, countBySource, reachOf, SIGMAS_95, tubesOf, type CoreLook } from '@/core/tubes';

const piece = (axis: [number, number, number][], more: Partial<PipePiece> = {}): PipePiece => ({
  code: 'P', kind: 'pipe', system: 'JS', axis, diameter_m: 0.1, plan_m: 0.2, depth_m: 0.1, source: 'surveyed', surveyed_on: null, ...more,
});
const ORIGIN = [1000, 2000, 5];

describe('tubes', () => {
  it('are as wide as the plan and as high as the depth is uncertain, about the pipe', () => {
    const [tube] = tubesOf([piece([[1000, 2000, 4], [1010, 2000, 4]], { source: 'modelled' })], ORIGIN);
    expect(tube?.from).toEqual([0, 0, -1]);
    expect(Math.abs(tube?.side[1] ?? 0)).toBeCloseTo(0.05 + SIGMAS_95 * 0.2);
    expect(tube?.up[2]).toBeCloseTo(0.05 + SIGMAS_95 * 0.1);
  });

  it('of a riser know only the plan', () => {
    const { up } = acrossOf([0, 0, 3]);
    expect(reachOf(piece([]), up)).toEqual({ side_m: 0.05 + SIGMAS_95 * 0.2, up_m: 0.05 + SIGMAS_95 * 0.2 });
  });

  it('are not drawn where nobody knows the size; the pipe itself is, where the model shows none', () => {
    const surveyed = piece([[1000, 2000, 4], [1010, 2000, 4]]);
    const at = (row: number) => (): CoreLook => ({ colour: null, row });
    expect(tubesOf([surveyed], ORIGIN).map((one) => one.isCore)).toEqual([false]);
    expect(coresOf([surveyed], ORIGIN, () => true, at(7)).map(({ isCore, row }) => [isCore, row])).toEqual([[true, 7]]);
    expect(coresOf([surveyed], ORIGIN, () => true, () => null)).toEqual([]);
    const unknown = piece([[1000, 2000, 4], [1010, 2000, 4]], { plan_m: null, depth_m: null, diameter_m: null, source: 'modelled' });
    expect(tubesOf([unknown], ORIGIN)).toEqual([]);
    expect(coresOf([unknown], ORIGIN, () => true, at(7))).toEqual([]);
    expect(coresOf([unknown], ORIGIN, () => false, at(0)).map((one) => one.isCore)).toEqual([true]);
    expect(countBySource([unknown, piece([])])).toEqual([{ source: 'surveyed', count: 1 }, { source: 'unknown', count: 1 }]);
  });

  it('stand across their pipe whichever way it slopes', () => {
    const { side, up } = acrossOf([3, 4, 2]);
    const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, part, i) => sum + part * (b[i] ?? 0), 0);
    expect(dot(side, [3, 4, 2])).toBeCloseTo(0);
    expect(dot(up, [3, 4, 2])).toBeCloseTo(0);
    expect([Math.hypot(...side), Math.hypot(...up)].map((one) => Math.round(one * 1e9) / 1e9)).toEqual([1, 1]);
    expect(up[2]).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  const way = wayOf([piece([[1000, 2000, 5], [1004, 2000, 5]], { code: 'A' }), piece([[1005, 2000, 5], [1005, 2003, 5]], { code: 'B' })], ORIGIN);

  it('is as long as its pieces and the gaps between them', () => {
    expect(way.length_m).toBeCloseTo(8);
    expect(along(way, 2)).toMatchObject({ at: [2, 0, 0], direction: [1, 0, 0], piece: { code: 'A' } });
    expect(along(way, 6.5)).toMatchObject({ at: [5, 1.5, 0], piece: { code: 'B' } });
    expect(along(way, 99)?.at).toEqual([5, 3, 0]);
    expect(along({ stretches: [], length_m: 0 }, 0)).toBeNull();
  });

  it('is cut across where one is, and looked at from what was cut away', () => {
    const here = along(way, 2);
    if (!here) throw new Error('no place');
    const { section, pose } = cutAt(here, 'across', false);
    expect(section).toEqual({ kind: 'plane', normal: [1, 0, 0], distance_m: 2 });
    expect(pose.eye[0]).toBeGreaterThan(2);
    expect(cutAt(here, 'across', true).pose.eye[0]).toBeLessThan(2);
  });

  it('stays whole when the cut runs beside it', () => {
    const here = along(way, 2);
    if (!here) throw new Error('no place');
    const { section } = cutAt(here, 'beside', false);
    if (section.kind !== 'plane') throw new Error('no plane');
    expect(section.normal[0]).toBeCloseTo(0);
    // The whole pipe, radius 0.05, lies on the side that is kept.
    expect(section.distance_m - 0).toBeGreaterThan(0.05);
  });
});
