import { describe, expect, it } from 'vitest';
import { isCodes, keep, readKept } from '@/core/selections';

describe('what is kept by name', () => {
  it('is read back, and what is of another form is left out', () => {
    expect(readKept('[{"name":"一层","value":["A","B"]},{"name":"broken","value":3},7]', isCodes)).toEqual([{ name: '一层', value: ['A', 'B'] }]);
    expect(readKept('{"not":"a list"}', isCodes)).toEqual([]);
    expect(readKept('[{"cut', isCodes)).toEqual([]);
    expect(readKept(null, isCodes)).toEqual([]);
  });

  it('is written over by the same name', () => {
    const once = keep(keep([], 'b', ['1']), 'a', ['2']);
    expect(once.map((one) => one.name)).toEqual(['a', 'b']);
    expect(keep(once, 'b', ['3'])).toHaveLength(2);
  });
});
