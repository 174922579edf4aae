/** The one place where numbers become text. */

export type Language = 'zh' | 'en';

const LOCALES: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en-GB' };
const NONE = '—';

/** Making one takes longer than a hundred numbers. */
const formats = new Map<string, Intl.NumberFormat>();

function number(value: number, language: Language, digits: number): string {
  const key = `${language}${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format.format(value);
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

export function formatArea(area_m2: number | null | undefined, language: Language): string {
  if (!isNumber(area_m2)) return NONE;
  return `${number(area_m2, language, area_m2 >= 10000 ? 0 : area_m2 >= 1000 ? 1 : 2)} m²`;
}

export function formatLength(length_m: number | null | undefined, language: Language): string {
  return isNumber(length_m) ? `${number(length_m, language, 3)} m` : NONE;
}

/** A number of a column whose name ends in its unit (`area_m2`, `floor_z`); without one, as it is. */
export function formatColumn(column: string, value: number, language: Language): string {
  if (column.endsWith('_m2')) return formatArea(value, language);
  if (column.endsWith('_m3')) return `${number(value, language, 2)} m³`;
  if (column.endsWith('_m')) return formatLength(value, language);
  if (column.endsWith('_z')) return formatElevation(value, language);
  return new Intl.NumberFormat(LOCALES[language]).format(value);
}

/** Height with its sign, as on a section drawing: +3.600 m. */
export function formatElevation(elevation_m: number | null | undefined, language: Language): string {
  if (!isNumber(elevation_m)) return NONE;
  const sign = Math.abs(elevation_m) < 0.0005 ? '±' : elevation_m > 0 ? '+' : '−';
  return `${sign}${number(Math.abs(elevation_m), language, 3)} m`;
}

export function formatCount(count: number | null | undefined, language: Language): string {
  return isNumber(count) ? number(count, language, 0) : NONE;
}

/** Difference of a measured against a declared value, as a signed share: +1.2 %. */
export function formatDifference(measured: number | null | undefined, declared: number | null | undefined, language: Language): string {
  if (!isNumber(measured) || !isNumber(declared) || declared === 0) return NONE;
  const share = ((measured - declared) / declared) * 100;
  if (Math.abs(share) < 0.05) return '±0.0 %';
  return `${share > 0 ? '+' : '−'}${number(Math.abs(share), language, 1)} %`;
}

/** Day and minute in China, with its offset: what a document names, whatever zone the reader is in. */
export function formatMoment(instant_ms: number, language: Language): string {
  const parts = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Shanghai' });
  return `${parts.format(new Date(instant_ms))} (UTC+8)`;
}

/** The day in China of a time, or a date as it stands. */
export function formatDay(time: string | null | undefined, language: Language): string {
  if (!time) return NONE;
  const date = new Date(time.length === 10 ? `${time}T00:00:00+08:00` : time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeZone: 'Asia/Shanghai' }).format(date);
}

/** Day and minute in China, where it happens; the two infinities of a valid range have no date. */
export function formatTime(time: string | null | undefined, language: Language): string {
  if (!time || /infinity/i.test(time)) return NONE;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Shanghai' }).format(date);
}

/** From when until when, in China, where it happens; a day that both share is said once. */
export function formatSpan(from: string, until: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Shanghai' }).formatRange(new Date(from), new Date(until));
}

/** Day and minute in China where there is little room and the year goes without saying. */
export function formatBrief(time: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALES[language], { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' }).format(new Date(time));
}
