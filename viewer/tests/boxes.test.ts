import { describe, expect, it } from 'vitest';
import { framed, type Box } from '@/core/boxes';

const storey: Box = [0, 0, 3, 40, 16, 6];

describe('what one looks at to see a room among its neighbours', () => {
  it('is larger on all sides of a room in the middle, and as high as it', () => {
    expect(framed([18, 6, 3, 22, 10, 6], storey, 2)).toEqual([16, 4, 3, 24, 12, 6]);
  });

  it('reaches inwards of a room in a corner, not beside the storey', () => {
    expect(framed([0, 0, 3, 4, 4, 6], storey, 2)).toEqual([0, 0, 3, 8, 8, 6]);
    expect(framed([36, 12, 3, 40, 16, 6], storey, 2)).toEqual([32, 8, 3, 40, 16, 6]);
  });

  it('is the storey where a room is nearly as long', () => {
    expect(framed([1, 7, 3, 39, 9, 6], storey, 3)).toEqual([0, 5, 3, 40, 11, 6]);
  });

  it('always holds the thing itself, even where that stands out of what surrounds it', () => {
    expect(framed([38, 0, 3, 46, 4, 6], storey, 1)).toEqual([38, 0, 3, 46, 4, 6]);
  });

  it('is only larger where nothing surrounds it', () => {
    expect(framed([0, 0, 0, 2, 4, 3], null, 3)).toEqual([-2, -4, 0, 4, 8, 3]);
  });
});
