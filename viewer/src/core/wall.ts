/** What a display wall decides without drawing: shape, size of letters, age of data, figures, the tour. */
import { SEVERITIES, type Severity } from '@/core/alarms';
import type { Box } from '@/core/boxes';
import type { Language } from '@/core/units';

export type WallShape = 'landscape' | 'wide' | 'tall';

export interface WallLayout {
  shape: WallShape;
  /** A hundred and eighth of the wall's height (or of its width where it stands upright): all sizes are multiples of it. */
  unit_px: number;
}

/**
 * Letters are never smaller than 2.4 units: on a wall 1.4 m tall that is 31 mm, which is read from 8 m
 * (1/300 of the distance; ISO 9241-303 asks for 1/215 to 1/170 at a desk, where one reads for long).
 */
export function wallLayout(width: number, height: number): WallLayout {
  const ratio = width / Math.max(1, height);
  if (ratio < 1.25) return { shape: 'tall', unit_px: Math.min(width / 108, height / 170) };
  if (ratio >= 2.4) return { shape: 'wide', unit_px: height / 108 };
  return { shape: 'landscape', unit_px: Math.min(height / 108, width / 176) };
}

/** Whether data is too old to be taken for the present: a good while before twice its interval. */
export function isStale(age_s: number, interval_s: number): boolean {
  return age_s > interval_s * 1.5;
}

/** An age in the largest unit that says it: 40 s, 12 min, 3 h, 2 d. */
export function ageWords(age_s: number): { count: number; unit: 's' | 'min' | 'h' | 'd' } {
  if (age_s < 90) return { count: Math.max(0, Math.round(age_s)), unit: 's' };
  if (age_s < 5400) return { count: Math.round(age_s / 60), unit: 'min' };
  if (age_s < 172_800) return { count: Math.round(age_s / 3600), unit: 'h' };
  return { count: Math.floor(age_s / 86_400), unit: 'd' };
}

const writers = new Map<string, Intl.NumberFormat>();

/** Made once each: a wall writes its figures for weeks. */
function writerOf(locale: string, digits: number): Intl.NumberFormat {
  const known = writers.get(`${locale}${digits}`);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
  writers.set(`${locale}${digits}`, made);
  return made;
}

/** A figure in few characters, that stays true: 6,900 or 146.2 万; null is a dash. */
export function wallNumber(value: number | null, language: Language): { text: string; scale: string } {
  if (value === null || !Number.isFinite(value)) return { text: '—', scale: '' };
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const write = (one: number, digits: number): string => writerOf(locale, digits).format(one);
  const size = Math.abs(value);
  if (language === 'zh' && size >= 100_000) return size >= 1e8 ? { text: write(value / 1e8, 2), scale: '亿' } : { text: write(value / 1e4, 1), scale: '万' };
  if (language === 'en' && size >= 1_000_000) return { text: write(value / 1e6, 2), scale: 'M' };
  return { text: write(value, size >= 100 ? 0 : 1), scale: '' };
}

/** Share of a whole in percent; null where there is no whole. */
export function percent(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : (part / whole) * 100;
}

/** The gravest first, and of these the newest. */
export function sortAlarms<A extends { severity: Severity; since: string }>(alarms: readonly A[]): A[] {
  return [...alarms].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.since.localeCompare(a.since));
}

/** Where the tour stops next. */
export interface TourStop {
  key: string;
  kind: 'whole' | 'building' | 'alarm';
  /** Storey that is opened; null for none. */
  storey: string | null;
  box: Box;
  title: string;
}

/** The stops of a tour: places with an alarm first, then the whole, then each building. */
export function tourStops(whole: Box, buildings: readonly { code: string; name: string; box: Box | null }[], alarms: readonly { id: number; storey: string | null; box: Box | null; title: string }[]): TourStop[] {
  return [
    ...alarms.flatMap((one) => (one.box ? [{ key: `alarm ${one.id}`, kind: 'alarm' as const, storey: one.storey, box: one.box, title: one.title }] : [])),
    { key: 'whole', kind: 'whole', storey: null, box: whole, title: '' },
    ...(buildings.length > 1 ? buildings.flatMap((one) => (one.box ? [{ key: one.code, kind: 'building' as const, storey: null, box: one.box, title: one.name }] : [])) : []),
  ];
}

/** The stop after one; a new alarm comes first, and nothing waits for a stop that is gone. */
export function nextStop(stops: readonly TourStop[], now: string | null, seen: ReadonlySet<string>): TourStop | null {
  const fresh = stops.find((stop) => stop.kind === 'alarm' && !seen.has(stop.key));
  if (fresh) return fresh;
  const at = stops.findIndex((stop) => stop.key === now);
  return stops[(at + 1) % Math.max(1, stops.length)] ?? null;
}
