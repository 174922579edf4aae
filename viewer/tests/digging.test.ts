import { describe, expect, it } from 'vitest';
import { areaOf, cornersOf, crossesItself, spell, wktOf } from '@/core/digging';

const NEAR = [562390, 3098820];
const SQUARE = [[562400, 3098830], [562410, 3098830], [562410, 3098840], [562400, 3098840]] as const;

describe('the outline of a pit', () => {
  it('is read with X as north or as east, whichever lies on the site', () => {
    const asSurveyed = SQUARE.map(([e, n]) => `${String(n)}, ${String(e)}`).join('\n');
    expect(cornersOf(asSurveyed, NEAR)).toEqual(SQUARE);
    expect(cornersOf(SQUARE.map(([e, n]) => `${String(e)}\t${String(n)}`).join('\n'), NEAR)).toEqual(SQUARE);
  });

  it('is read from WKT, GeoJSON and tables with numbered points', () => {
    expect(cornersOf(wktOf(SQUARE), NEAR)).toEqual(SQUARE);
    expect(cornersOf(JSON.stringify({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...SQUARE, SQUARE[0]]] } }), NEAR)).toEqual(SQUARE);
    expect(cornersOf(SQUARE.map(([e, n], i) => `${String(i + 1)} ${String(n)} ${String(e)} 5.2`).join('\n'), NEAR)).toEqual(SQUARE);
    expect(cornersOf(spell(SQUARE), NEAR)).toEqual(SQUARE);
  });

  it('is none of two corners, of words, of broken JSON', () => {
    for (const text of ['', '1,2\n3,4', 'here\nthere\nand back', '{"type":', '{"type":"Point","coordinates":[1,2]}', '5\n6\n7']) expect(cornersOf(text, NEAR), text).toBeNull();
  });

  it('has an area whichever way round it goes, and none when it crosses itself', () => {
    expect(areaOf(SQUARE)).toBeCloseTo(100);
    expect(areaOf([...SQUARE].reverse())).toBeCloseTo(100);
    expect(crossesItself(SQUARE)).toBe(false);
    expect(crossesItself([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])).toBe(true);
  });
});
