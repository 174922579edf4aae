import { all, get, request } from '@/api/client';
import { readPart } from '@/api/moment';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';
import type { Point } from '@/core/measure';

type Schemas = components['schemas'];

export type NearItem = Schemas['NearItem'];
export type DrillAnswer = Schemas['DrillAnswer'];
export type TraceAnswer = Schemas['TraceAnswer'];
export type IsolationAnswer = Schemas['IsolationAnswer'];
export type ConcealmentAnswer = Schemas['ConcealmentAnswer'];
export type ReachedFrom = Schemas['ReachedFrom'];
export type SceneValve = Schemas['SceneValve'];
export type PipePiece = Schemas['PipePiece'];
export type PipeRun = Schemas['PipeRun'];
export type DigAnswer = Schemas['DigAnswer'];
export type LeakAnswer = Schemas['LeakAnswer'];
export type LeakReason = Schemas['LeakReason'];
export type LeakSuspect = Schemas['LeakSuspect'];
export type StreamValue = Schemas['MomentAnswer']['values'][number];
/** Of a place that somebody found wet, or a reading of a meter; as docs/pipes.md has it. */
export interface Reading { code: string; kind: 'flood' | 'flow' | 'pressure'; value: number }
export type Direction = 'up' | 'down' | 'both';
export type ValvePosition = Schemas['ValvePositionBody']['position'];

/** Millimetres are finer than any survey. */
const spell = (point: Point): string => point.map((part) => part.toFixed(3)).join(',');
const of = (code: string): string => `api/pipes/${encodeURIComponent(code)}`;

export const findNear = async (site: string, point: Point, within_m: number, moment: Moment, signal?: AbortSignal): Promise<NearItem[]> =>
  (await get<{ items: NearItem[] }>('api/pipes/near', { site, point: spell(point), within: within_m, count: 12, concealment: 'true', ...moment }, signal)).items;
export const judgeDrill = (site: string, from: Point, to: Point, diameter_m: number, moment: Moment, signal?: AbortSignal): Promise<DrillAnswer> =>
  get('api/pipes/drill', { site, from: spell(from), to: spell(to), diameter: diameter_m, ...moment }, signal);
export const tracePipe = (code: string, direction: Direction, moment: Moment, signal?: AbortSignal): Promise<TraceAnswer> => get(`${of(code)}/trace`, { direction, ...moment }, signal);
export const planIsolation = (codes: readonly string[], moment: Moment, signal?: AbortSignal): Promise<IsolationAnswer> =>
  get(`api/pipes/isolation?${new URLSearchParams(codes.map((code) => ['code', code])).toString()}`, { ...moment }, signal);
export const readConcealment = (code: string, moment: Moment, signal?: AbortSignal): Promise<ConcealmentAnswer> => get(`${of(code)}/concealment`, { ...moment }, signal);
/** Where every piece lies, and how well that is known. */
/** @param bbox part of a site, `x0,y0,x1,y1` in its CRS; all of it unless told */
export const listPlaces = (site: string, moment: Moment, bbox: string | null = null): Promise<PipePiece[]> => all('api/pipes/places', { site, bbox, ...moment });
export const readRun = (code: string, moment: Moment, signal?: AbortSignal): Promise<PipeRun> => get(`${of(code)}/run`, { ...moment }, signal);
export async function judgeDig(site: string, pit: { polygon: string; depth: number; ground: number | null }, moment: Moment, signal?: AbortSignal): Promise<DigAnswer> {
  const search = new URLSearchParams({ site, concealment: 'true' });
  if (moment.at) search.set('at', moment.at);
  if (moment.known) search.set('known', moment.known);
  return (await (await request(`api/pipes/dig?${search.toString()}`, { method: 'POST', body: JSON.stringify(pit), ...(signal ? { signal } : {}) })).json()) as DigAnswer;
}
/** Where water gets lost: by the given readings, or without any by what bound streams observed. */
export async function findLeaks(site: string, readings: readonly Reading[] | null, moment: Moment, signal?: AbortSignal): Promise<LeakAnswer> {
  const search = new URLSearchParams({ site });
  if (moment.at) search.set('at', moment.at);
  if (moment.known) search.set('known', moment.known);
  const body = JSON.stringify(readings ? { readings } : {});
  return (await (await request(`api/pipes/leak?${search.toString()}`, { method: 'POST', body, ...(signal ? { signal } : {}) })).json()) as LeakAnswer;
}
export const readValues = (site: string, moment: Moment, signal?: AbortSignal): Promise<StreamValue[]> => readPart('values', site, moment, signal);
export const readValves = (site: string, moment: Moment, signal?: AbortSignal): Promise<SceneValve[]> => readPart('valves', site, moment, signal);
export async function setValve(code: string, position: ValvePosition): Promise<void> {
  await request(`${of(code)}/position`, { method: 'PUT', body: JSON.stringify({ position }) });
}
