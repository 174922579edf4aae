import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';

type Schemas = components['schemas'];
export type ClosureItem = Schemas['ClosureItem'];
export type ClosureFile = Schemas['ClosureFile'];
export type ClosureBody = Schemas['ClosureBody'];
export type ClosureStep = Schemas['ClosureStepBody'];

const of = (id: string): string => `api/closures/${encodeURIComponent(id)}`;

/** All planned closures of a site, the newest first. */
export const listClosures = async (site: string, moment: Moment, signal?: AbortSignal): Promise<ClosureItem[]> =>
  (await get<{ items: ClosureItem[] }>('api/closures', { site, ...moment }, signal)).items;
export const readClosure = (id: string, moment: Moment, signal?: AbortSignal): Promise<ClosureFile> => get(of(id), { ...moment }, signal);
export async function planClosure(body: ClosureBody): Promise<ClosureFile> {
  return (await (await request('api/closures', { method: 'POST', body: JSON.stringify(body) })).json()) as ClosureFile;
}
/** A step bears a key of its own, so that one sent twice is one. */
export async function advanceClosure(id: string, step: ClosureStep): Promise<ClosureFile> {
  return (await (await request(`${of(id)}/steps`, { method: 'POST', body: JSON.stringify(step) })).json()) as ClosureFile;
}
