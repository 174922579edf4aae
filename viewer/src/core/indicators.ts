/** What the index board decides without drawing. */
import type { Language } from '@/core/units';

export type IndicatorVerdict = 'met' | 'near' | 'missed';
/** Paired with the word, so that it is never colour alone. */
export const VERDICT_SIGNS: Readonly<Record<IndicatorVerdict, string>> = { met: '✓', near: '◐', missed: '▲' };

export function formatValue(value: number | null, digits: number, language: Language): string {
  if (value === null) return '—';
  return new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export interface FormulaPart {
  text: string;
  /** Key of the figure that stands here. */
  figure: string | null;
}

/** A formula in parts, so that figures can be written by name with their value. */
export function formulaParts(formula: string): FormulaPart[] {
  return formula.split(/([a-z][a-z0-9_]*)/).filter((text) => text.trim()).map((text) => ({ text: text.trim(), figure: /^[a-z]/.test(text) ? text : null }));
}

/** How many of a group stand where to their targets. */
export function tally(verdicts: readonly (IndicatorVerdict | null)[]): Record<IndicatorVerdict | 'none', number> {
  const found = { met: 0, near: 0, missed: 0, none: 0 };
  for (const verdict of verdicts) found[verdict ?? 'none'] += 1;
  return found;
}
