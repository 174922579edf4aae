/** What a refusal of the server says to a reader, in the reader's language. */
import type { Language } from '@/core/units';

export interface Refusal { code: string; message: string; remedy: string }

/** Chinese sentences by the server's code: those that say all, and those that the server's own words make particular. */
export interface RefusalWords {
  whole: Readonly<Record<string, string>>;
  particular: Readonly<Record<string, string>>;
}

export interface Told {
  said: string;
  /** The server's own words, English, where they say more than the sentence; "" elsewhere. */
  original: string;
}

export function tell(refusal: Refusal, language: Language, words: RefusalWords): Told {
  const own = [refusal.message, refusal.remedy].filter(Boolean).join(' ');
  if (language === 'en') return { said: own, original: '' };
  const whole = words.whole[refusal.code];
  if (whole) return { said: whole, original: '' };
  const particular = words.particular[refusal.code];
  return particular ? { said: particular, original: own } : { said: own, original: '' };
}
