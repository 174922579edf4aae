import { describe, expect, it } from 'vitest';
import { boxOfTileset } from '@/core/tilesets';

const tileset = (box: unknown): string => JSON.stringify({ root: { transform: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 9, 9, 9, 1], boundingVolume: { box } } });

describe('the box of a tileset', () => {
  it('is that of its root in the frame of the site', () => {
    expect(boxOfTileset(tileset([10, 20, 3, 5, 0, 0, 0, 4, 0, 0, 0, 3]))).toEqual([5, 16, 0, 15, 24, 6]);
  });

  it('holds a root that stands askew', () => {
    expect(boxOfTileset(tileset([0, 0, 0, 3, 4, 0, -4, 3, 0, 0, 0, 1]))).toEqual([-7, -7, -1, 7, 7, 1]);
  });

  it('is nothing where the root tells none', () => {
    expect(boxOfTileset(tileset([1, 2]))).toBeNull();
    expect(boxOfTileset('{}')).toBeNull();
  });
});
