/** What streams say, as text, and how old it may be before it counts as stale. */
import type { Language } from '@/core/units';

export type Result = number | boolean | string;

/** After half an hour without a word a stream is stale: the rule `silent` of the alarms. */
export const STALE_MS = 30 * 60_000;

const LOCALES: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en-GB' };
const YES_NO: Readonly<Record<Language, readonly [no: string, yes: string]>> = { zh: ['否', '是'], en: ['no', 'yes'] };
/** UCUM as people write it; others as they are, and a count has none. */
const UNITS: Readonly<Record<string, string>> = { '1': '', Cel: '°C', '[ppm]': 'ppm', 'kW.h': 'kWh', m3: 'm³', 'm3/h': 'm³/h', 'ug/m3': 'µg/m³', 'dB[SPL]': 'dB' };

export function formatUnit(unit: string | null): string {
  return unit === null ? '' : (UNITS[unit] ?? unit);
}

/** A newest value with its unit; numbers to three significant places below a thousand. */
export function formatResult(result: Result | null | undefined, unit: string | null, language: Language): string {
  if (result === null || result === undefined) return '—';
  if (typeof result === 'boolean') return YES_NO[language][Number(result)] ?? '';
  if (typeof result === 'string') return result;
  const digits = Math.abs(result) >= 1000 ? { maximumFractionDigits: 0 } : { maximumFractionDigits: Math.abs(result) >= 10 ? 1 : 2 };
  return `${new Intl.NumberFormat(LOCALES[language], digits).format(result)} ${formatUnit(unit)}`.trim();
}

export function isStale(time: string | null, now_ms: number): boolean {
  return time === null || now_ms - Date.parse(time) > STALE_MS;
}

/** How long ago, in the coarsest unit that says it: 5 min, 3 h, 2 d. */
export function ageOf(time: string, now_ms: number): { value: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const seconds = Math.max(0, (now_ms - Date.parse(time)) / 1000);
  if (seconds < 60) return { value: Math.round(seconds), unit: 'second' };
  if (seconds < 3600) return { value: Math.round(seconds / 60), unit: 'minute' };
  if (seconds < 86_400) return { value: Math.round(seconds / 3600), unit: 'hour' };
  return { value: Math.round(seconds / 86_400), unit: 'day' };
}

export function formatAge(time: string | null, now_ms: number, language: Language): string {
  if (time === null) return '—';
  const { value, unit } = ageOf(time, now_ms);
  return new Intl.RelativeTimeFormat(LOCALES[language], { numeric: 'always', style: 'short' }).format(-value, unit);
}
