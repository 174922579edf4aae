import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type Alarm = Schemas['AlarmItem'];
export type AlarmFile = Schemas['AlarmFile'];
export type AlarmDeed = Schemas['AlarmDeed'];

const MOST = 1000;

export async function listAlarms(states: readonly string[], signal?: AbortSignal): Promise<Alarm[]> {
  const query = new URLSearchParams(states.map((state) => ['state', state])).toString();
  return (await get<Schemas['AlarmList']>(`api/alarms?${query}`, { limit: MOST }, signal)).items;
}
export const readAlarm = (id: number, signal?: AbortSignal): Promise<AlarmFile> => get(`api/alarms/${id}`, {}, signal);
export async function treatAlarm(id: number, deed: AlarmDeed): Promise<Alarm> {
  return (await (await request(`api/alarms/${id}`, { method: 'POST', body: JSON.stringify(deed) })).json()) as Alarm;
}
