import { describe, expect, it } from 'vitest';
import { linesOf, moveIn } from '@/core/trees';

interface Place { code: string; children?: Place[] }
const site: Place = { code: 'S', children: [{ code: 'A', children: [{ code: 'F2' }, { code: 'F1' }] }, { code: 'B', children: [{ code: 'G1' }] }] };

describe('a tree of places', () => {
  const lines = linesOf([site], (node) => node.code !== 'B');

  it('shows what lies in open nodes, in its order and depth', () => {
    expect(lines.map(({ node, depth, parent }) => [node.code, depth, parent])).toEqual([['S', 0, -1], ['A', 1, 0], ['F2', 2, 1], ['F1', 2, 1], ['B', 1, 0]]);
    expect(lines.map(({ isOpen }) => isOpen)).toEqual([true, true, false, false, false]);
  });

  it('is walked by arrows: into what is open, out to what holds it, and never beyond its ends', () => {
    expect(['ArrowDown', 'ArrowUp', 'Home', 'End', 'ArrowRight', 'ArrowLeft', 'x'].map((key) => moveIn(lines, 0, key))).toEqual([{ to: 1 }, { to: 0 }, { to: 0 }, { to: 4 }, { to: 1 }, { turn: true }, null]);
    expect(['ArrowDown', 'ArrowRight', 'ArrowLeft'].map((key) => moveIn(lines, 4, key))).toEqual([{ to: 4 }, { turn: true }, { to: 0 }]);
    expect(['ArrowRight', 'ArrowLeft'].map((key) => moveIn(lines, 3, key))).toEqual([{ to: 3 }, { to: 1 }]);
  });

  it('has no line to go to while it has none', () => {
    expect(['ArrowDown', 'ArrowUp', 'Home', 'End', 'ArrowRight', 'ArrowLeft'].map((key) => moveIn([], -1, key))).toEqual([null, null, null, null, null, null]);
  });
});
