import { address, all, get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Item } from '@/api/types';
import type { Moment } from '@/core/moment';

type Schemas = components['schemas'];

export type OrderBrief = Schemas['OrderBrief'];
export type OrderFile = Schemas['OrderFile'];
export type Worker = Schemas['Worker'];
export type RoundBrief = Schemas['RoundBrief'];
export type RoundFile = Schemas['RoundFile'];
export type RoundBody = Schemas['RoundBody'];
export type StepBody = Schemas['StepBody'];
export type ReportBody = Schemas['ReportBody'];

/** The newest of what is over; more would be history, which the file of a thing tells. */
const MOST_OVER = 500;
const of = (id: string): string => `api/orders/${encodeURIComponent(id)}`;
const inStates = (states: readonly string[]): string => `api/orders?${new URLSearchParams(states.map((state) => ['state', state])).toString()}`;

/** Every order in some states, the newest first. */
export const listOrders = (site: string, states: readonly string[], moment: Moment): Promise<OrderBrief[]> => all(inStates(states), { site, limit: 1000, ...moment });
export const listNewestOrders = async (site: string, states: readonly string[], moment: Moment, signal: AbortSignal): Promise<OrderBrief[]> =>
  (await get<Schemas['OrderPage']>(inStates(states), { site, limit: MOST_OVER, ...moment }, signal)).items;
export const readOrder = (id: string, moment: Moment, signal: AbortSignal): Promise<OrderFile> => get(of(id), { ...moment }, signal);
export const listWorkers = async (signal: AbortSignal): Promise<Worker[]> => (await get<Schemas['WorkerList']>('api/orders/workers', {}, signal)).items;

export async function advanceOrder(id: string, step: StepBody): Promise<OrderFile> {
  return (await (await request(`${of(id)}/steps`, { method: 'POST', body: JSON.stringify(step) })).json()) as OrderFile;
}
export async function reportFault(report: ReportBody): Promise<OrderFile> {
  return (await (await request('api/orders', { method: 'POST', body: JSON.stringify(report) })).json()) as OrderFile;
}
export async function addOrderPhoto(id: string, photo: Blob): Promise<void> {
  await request(`${of(id)}/photos`, { method: 'POST', body: photo, headers: { 'Content-Type': photo.type } });
}
export const photoAddress = (id: string, sha256: string): string => address(`${of(id)}/photos/${sha256}`);
export const sheetAddress = (id: string): string => address(`${of(id)}/sheet`);

export const listRounds = async (site: string, moment: Moment, signal: AbortSignal): Promise<RoundBrief[]> =>
  (await get<Schemas['RoundList']>('api/rounds', { site, ...moment }, signal)).items;
export const readRound = (id: string, moment: Moment, signal: AbortSignal): Promise<RoundFile> => get(`api/rounds/${encodeURIComponent(id)}`, { ...moment }, signal);
export async function addRound(round: RoundBody): Promise<RoundFile> {
  return (await (await request('api/rounds', { method: 'POST', body: JSON.stringify(round) })).json()) as RoundFile;
}
/** Things that a round can stop at. */
export const listThings = (site: string, kind: string, building: string, moment: Moment): Promise<Item[]> =>
  all('api/items', { site, kind, building: building || null, limit: 1000, ...moment });
