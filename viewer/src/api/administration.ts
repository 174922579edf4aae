import { all, get, request, some } from '@/api/client';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type Grant = Schemas['Grant'];
export type Device = Schemas['Device'];
export type LogEntry = Schemas['LogEntry'];
export type PackList = Schemas['PackList'];
export type PackSummary = Schemas['PackSummary'];
export type PackCheck = Schemas['PackCheck'];
export type BridgeFile = Schemas['BridgeFile'];
export type Setting = Schemas['Setting'];
export type Services = Schemas['Services'];
export type Rejected = Schemas['Rejected'];
export type StreamItem = Schemas['StreamItem'];
export type StreamCounts = Schemas['StreamCounts'];
export interface LogQuestion { actor?: string; action?: string; subject?: string; from?: string; until?: string }

const account = (name: string): string => `api/accounts/${encodeURIComponent(name)}`;
async function send<T>(method: string, path: string, body: unknown): Promise<T> {
  return (await (await request(path, { method, body: JSON.stringify(body) })).json()) as T;
}

export const listAccounts = async (signal?: AbortSignal): Promise<Account[]> => (await get<{ items: Account[] }>('api/accounts', {}, signal)).items;
export const addAccount = (wish: Schemas['NewAccount']): Promise<Schemas['MadeAccount']> => send('POST', 'api/accounts', wish);
export const changeAccount = (name: string, change: Partial<Schemas['AccountChange']>): Promise<Account> => send('PATCH', account(name), change);
export const setClearance = (name: string, seesSecret: boolean, reason: string): Promise<Account> => send('PUT', `${account(name)}/clearance`, { seesSecret, reason });
export const setUpOneTimeCode = (name: string): Promise<Schemas['OneTimeCode']> => send('POST', `${account(name)}/one-time-code`, {});
export const listDevices = async (name: string, signal?: AbortSignal): Promise<Device[]> => (await get<{ items: Device[] }>(`${account(name)}/devices`, {}, signal)).items;
export const addDevice = (name: string, label: string, days: number): Promise<Schemas['MadeDevice']> => send('POST', `${account(name)}/devices`, { label, days });
export async function revokeDevice(name: string, label: string): Promise<void> {
  await request(`${account(name)}/devices/${encodeURIComponent(label)}`, { method: 'DELETE' });
}

/** A page of the log, newest first; `next` is null on the last. */
export const readLog = (question: LogQuestion, next: string | null, signal?: AbortSignal): Promise<Schemas['LogPage']> => get('api/audit-log', { ...question, limit: 200, next }, signal);

export const listPacks = (signal?: AbortSignal): Promise<PackList> => get('api/rule-packs', {}, signal);
export const readPack = async (name: string, version: number | null, signal?: AbortSignal): Promise<string> => (await get<{ text: string }>(`api/rule-packs/${encodeURIComponent(name)}`, { version }, signal)).text;
export const checkPack = (text: string): Promise<PackCheck> => send('POST', 'api/rule-packs/check', { text });
export const addPack = (text: string, reason: string): Promise<PackSummary> => send('POST', 'api/rule-packs', { text, reason });
export async function withdrawPack(name: string, reason: string): Promise<void> {
  await request(`api/rule-packs/${encodeURIComponent(name)}/withdrawal`, { method: 'POST', body: JSON.stringify({ reason }) });
}

export const listSettings = async (signal?: AbortSignal): Promise<Setting[]> => (await get<{ items: Setting[] }>('api/settings', {}, signal)).items;
export const readServices = (signal?: AbortSignal): Promise<Services> => get('api/services', {}, signal);
export const listRejected = async (signal?: AbortSignal): Promise<Rejected[]> => (await get<{ items: Rejected[] }>('api/rejected', { limit: 200 }, signal)).items;
export const listBridgeFiles = async (signal?: AbortSignal): Promise<BridgeFile[]> => (await get<{ items: BridgeFile[] }>('api/bridge/files', {}, signal)).items;
export const changeBridgeFile = (file: BridgeFile, text: string | null, reason: string): Promise<BridgeFile> => send('PUT', `api/bridge/files/${file.name}`, { text, was: file.sha256, reason });

export const listStreams = (query: { bound?: string; within?: string; code?: string; property?: string } = {}): Promise<StreamItem[]> => all('api/streams', { ...query, limit: 500 });
/** Which streams are meant: `q` is sought in their names and in the codes that they watch. */
export interface StreamQuestion { property?: string; within?: string; q?: string; bound?: string; declared?: string }
export const listSomeStreams = (query: StreamQuestion, most: number, signal?: AbortSignal): Promise<{ items: StreamItem[]; isWhole: boolean }> => some('api/streams', { ...query }, most, signal);
export const countStreams = (signal?: AbortSignal): Promise<StreamCounts> => get('api/streams/counts', {}, signal);
export const bindStream = (sensor: string, binding: Partial<Schemas['BindingBody']>): Promise<StreamItem> => send('PUT', `api/streams/${encodeURIComponent(sensor)}/binding`, binding);
