import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';
import type { Item } from '@/core/planRequests';

type Schemas = components['schemas'];

export type PlanSummary = Schemas['PlanSummary'];
export type PlanDocument = Schemas['PlanDocument'];
export type PlanCheck = Schemas['PlanCheck'];
export type PlanMove = Schemas['Move'];
export type PlanComparison = Schemas['PlanComparison'];
export type PlanSide = Schemas['PlanSide'];
export type PlanFault = Schemas['Fault'];
export type PlanFigures = Schemas['Figures'];
export type IdleRooms = Schemas['IdleRooms'];

/** What a planner asks for; see docs/plan-request.schema.json. */
export interface PlanRequest extends Record<string, unknown> {
  title?: string;
  site?: string;
  on: string;
  demands: Item[];
  wishes?: Item[];
  aims: string[];
  settings: Record<string, unknown>;
}
export interface PlanTemplate extends PlanRequest {
  present: {
    units: { unit: string; name: string | null; people: Record<string, number> }[];
    storeys: { building: string; storey: string; rooms: number; places: number; people: number; empty_rooms: number }[];
    notes: { zh: string; en: string }[];
  };
}

interface Versioned {
  plan: number;
  version: number;
}

async function send<T>(method: string, path: string, body: unknown, plan?: Versioned): Promise<T> {
  const headers = plan ? { 'If-Match': `"v${plan.version}"` } : {};
  return (await (await request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).json()) as T;
}
const at = (plan: Versioned, rest: string): string => `api/plans/${plan.plan}${rest}`;

export const listPlans = async (site: string, signal?: AbortSignal): Promise<PlanSummary[]> => (await get<{ items: PlanSummary[] }>('api/plans', { site }, signal)).items;
export const readPlan = (number: number, signal?: AbortSignal): Promise<PlanDocument> => get(`api/plans/${number}`, {}, signal);
export const readPlanTemplate = (site: string, signal?: AbortSignal): Promise<PlanTemplate> => get('api/plans/template', { site }, signal);
export const comparePlans = (left: number, right: number, signal?: AbortSignal): Promise<PlanComparison> => get('api/plans/compare', { left, right }, signal);
export const createPlan = (wish: PlanRequest, title: string, solve: boolean): Promise<PlanDocument> => send('POST', 'api/plans', { request: wish, title, solve });
export const solveAgain = (plan: Versioned, keep: boolean): Promise<PlanDocument> => send('POST', at(plan, '/solve'), { keep }, plan);
export const assignInPlan = (plan: Versioned, person: string, room: string | null): Promise<PlanDocument> => send('PUT', at(plan, `/assignments/${encodeURIComponent(person)}`), { room }, plan);
export const unassignInPlan = (plan: Versioned, person: string): Promise<PlanDocument> => send('DELETE', at(plan, `/assignments/${encodeURIComponent(person)}`), undefined, plan);
export const submitPlan = (plan: Versioned, approvals: number): Promise<PlanDocument> => send('POST', at(plan, '/submit'), { approvals }, plan);
export const decidePlan = (plan: Versioned, decision: 'approve' | 'reject', comment: string): Promise<PlanDocument> => send('POST', at(plan, '/decisions'), { decision, ...(comment ? { comment } : {}) }, plan);
export const withdrawPlan = (plan: Versioned): Promise<PlanDocument> => send('POST', at(plan, '/withdraw'), {}, plan);
export const applyPlan = (plan: Versioned): Promise<PlanDocument> => send('POST', at(plan, '/apply'), {}, plan);
export const revertPlan = (plan: Versioned, reason: string): Promise<PlanDocument> => send('POST', at(plan, '/revert'), { reason }, plan);
export const commentPlan = (plan: Versioned, text: string): Promise<PlanDocument> => send('POST', at(plan, '/comments'), { text }, plan);
export const mergePlans = (left: number, right: number, title: string, choose: Readonly<Record<string, 'left' | 'right'>>): Promise<PlanDocument> => send('POST', 'api/plans/merge', { left, right, title, choose });
export const readIdle = (site: string, standard: string, moment: Moment, signal?: AbortSignal): Promise<IdleRooms> => get('api/idle', { site, standard: standard || null, ...moment }, signal);
