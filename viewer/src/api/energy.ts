import { get, getLarge, request } from '@/api/client';
import { readPart } from '@/api/moment';
import type { Series } from '@/api/series';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';

type Schemas = components['schemas'];
export type EnergyBook = Schemas['EnergyBook'];
export type EnergyItem = Schemas['EnergyItem'];
export type EnergyFinding = Schemas['EnergyFinding'];
export type Derivation = Schemas['DerivationItem'];
export type Expected = Schemas['Expected'];
export type RoomPresence = Schemas['RoomPresence'];

const LEVELS = ['site', 'unit', 'building', 'storey', 'room'] as const;
/** How the server is asked for a book: what stands behind its figures too. */
export function bookAddress(site: string, what: { property: string; unit: string }, from: string, to: string | null): string {
  return `api/energy?${new URLSearchParams([['site', site], ['property', what.property], ['unit', what.unit], ['from', from], ...(to ? [['to', to]] : []), ...LEVELS.map((level) => ['by', level]), ['metered', 'true']]).toString()}`;
}
export const readEnergy = (site: string, what: { property: string; unit: string }, from: string, to: string | null, signal?: AbortSignal): Promise<EnergyBook> => getLarge(bookAddress(site, what, from, to), {}, signal);
export const listDerived = async (moment: Moment, signal?: AbortSignal): Promise<Derivation[]> => (await get<{ items: Derivation[] }>('api/derived', { ...moment }, signal)).items;
export async function defineDerived(name: string, body: Schemas['DerivationBody']): Promise<void> {
  await request(`api/derived/${encodeURIComponent(name)}`, { method: 'PUT', body: JSON.stringify(body) });
}
export const readForecast = async (sensor: string, from: string, to: string, signal?: AbortSignal): Promise<Expected[]> =>
  (await get<{ items: Expected[] }>('api/forecast', { sensor, from, to }, signal)).items;

const MOST_AT_ONCE = 30;
/** Roll-ups of many sensors, as many requests as it takes. */
export async function listSeries(sensors: readonly string[], from: string, to: string, every: 'hour' | 'day', signal?: AbortSignal): Promise<Series[]> {
  const found: Series[] = [];
  for (let at = 0; at < sensors.length; at += MOST_AT_ONCE) {
    const asked = new URLSearchParams(sensors.slice(at, at + MOST_AT_ONCE).map((sensor) => ['sensor', sensor]));
    found.push(...(await get<{ items: Series[] }>(`api/series?${asked.toString()}`, { from, to, every }, signal)).items);
  }
  return found;
}
/** Whether rooms are used at a moment: yes or no, or a count that is large enough to be told. */
export const readPresence = (site: string, moment: Moment, signal?: AbortSignal): Promise<RoomPresence[]> => readPart('occupancy', site, moment, signal);
