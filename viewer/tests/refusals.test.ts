import { describe, expect, it } from 'vitest';
import { tell } from '@/core/refusals';

const WORDS = { whole: { 'a:b': '甲' }, particular: { 'c:d': '乙' } };
const refusal = (code: string): { code: string; message: string; remedy: string } => ({ code, message: 'Found x.', remedy: 'Write y.' });

describe('a refusal', () => {
  it('is told in the language of its reader, with the words of the server where those say more', () => {
    expect(tell(refusal('a:b'), 'zh', WORDS)).toEqual({ said: '甲', original: '' });
    expect(tell(refusal('c:d'), 'zh', WORDS)).toEqual({ said: '乙', original: 'Found x. Write y.' });
    expect(tell(refusal('a:b'), 'en', WORDS)).toEqual({ said: 'Found x. Write y.', original: '' });
  });

  it('is told in the words of the server where nobody translated it', () => {
    expect(tell(refusal('e:f'), 'zh', WORDS)).toEqual({ said: 'Found x. Write y.', original: '' });
  });
});
