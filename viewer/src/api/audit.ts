import { get, getLarge, request } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';
import type { RoomValues, ValueMode } from '@/core/tinting';

type Schemas = components['schemas'];

export type Audit = Schemas['Audit'];
export type AuditedPerson = Schemas['AuditedPerson'];
export type AuditedUnit = Schemas['AuditedUnit'];
export type AuditedRoom = Schemas['AuditedRoom'];
export type AuditedBuilding = Schemas['AuditedBuilding'];
export type AuditFinding = Schemas['AuditFinding'];
export type IdleInAudit = Schemas['IdleInAudit'];
export type Evidence = Schemas['Evidence'];
export type RoomEvidence = Schemas['RoomEvidence'];
export type StoreyPlan = Schemas['StoreyPlanAnswer'];
export type AuditChanges = Schemas['AuditChanges'];
export type AuditChange = Schemas['AuditChange'];
export type RulePack = Schemas['RulePack'];

export interface AuditQuestion extends Moment {
  site: string;
  /** Null is the standard in force on the day. */
  standard: string | null;
}

/** The audit of a day; `reason` asks for names of people, and is kept in the log. */
export function readAudit(asked: AuditQuestion, reason: string, signal?: AbortSignal): Promise<Audit> {
  return getLarge('api/audit', { ...asked, ...(reason ? { names: 'true', reason } : {}) }, signal);
}

export const readEvidence = (asked: AuditQuestion, person: string, signal?: AbortSignal): Promise<Evidence> => get('api/audit/evidence', { ...asked, person }, signal);

export const readAuditChanges = (asked: AuditQuestion, since: string, signal?: AbortSignal): Promise<AuditChanges> => get('api/audit/changes', { ...asked, since }, signal);

export const readStoreyPlan = (storey: string, moment: Moment, signal?: AbortSignal): Promise<StoreyPlan> => get(`api/storeys/${encodeURIComponent(storey)}/plan`, { ...moment }, signal);

export const listRulePacks = async (): Promise<RulePack[]> => (await get<{ items: RulePack[] }>('api/audit/standards')).items;

export const readFeatureValues = (site: string, by: ValueMode, standard: string, moment: Moment): Promise<RoomValues> =>
  get('api/features/values', { site, by, standard: standard || null, ...moment });

/** The audit as pages with plans, or as a workbook. */
export const readAuditReport = (asked: AuditQuestion, form: 'pdf' | 'xlsx'): Promise<Blob> => readFile('api/audit/report', { as: form, ...asked });

/** Every form of the audit with checksums, to be handed over. */
export const readAuditPack = (asked: AuditQuestion): Promise<Blob> => readFile('api/audit/pack', { ...asked });

async function readFile(path: string, asked: Readonly<Record<string, string | null>>): Promise<Blob> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value) search.set(name, value);
  return (await request(`${path}?${search.toString()}`)).blob();
}
