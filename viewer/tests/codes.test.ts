import { describe, expect, it } from 'vitest';
import { codeOfEntry, entryOfCode, packCodes } from '@/core/codes';

describe('codes of rows', () => {
  const codes = ['330302-001-A01-F01-0101-M', '', null, '330302-001-A01-F01-0102-K', '楼-一', '330302-001-A01'];
  const packed = packCodes(codes);

  it('are found both ways, and what has none is found by nothing', () => {
    codes.forEach((code, entry) => {
      expect(codeOfEntry(packed, entry)).toBe(code || null);
      if (code) expect(entryOfCode(packed, code)).toBe(entry);
    });
    expect(['', '330302', '330302-001-A01-F01-0101-M\n', '楼'].map((code) => entryOfCode(packed, code))).toEqual([-1, -1, -1, -1]);
    expect([codeOfEntry(packed, -1), codeOfEntry(packed, 6)]).toEqual([null, null]);
  });

  it('stand the crowd: many, alike, and none', () => {
    const many = packCodes(Array.from({ length: 5000 }, (_, i) => `A${i}`));
    expect(many.slots.length).toBeGreaterThan(2 * 5000);
    expect(Array.from({ length: 5000 }, (_, i) => entryOfCode(many, `A${i}`)).every((entry, i) => entry === i)).toBe(true);
    expect(entryOfCode(many, 'A5000')).toBe(-1);
    expect(entryOfCode(packCodes([]), 'A')).toBe(-1);
  });

  it('lead to the later of two rows of one code', () => {
    expect(entryOfCode(packCodes(['A', 'B', 'A']), 'A')).toBe(2);
  });
});
