import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { CameraPose } from '@/core/cameras';
import type { Moment } from '@/core/moment';

type Schemas = components['schemas'];
export type CameraItem = Schemas['CameraItem'];
export type LookingCamera = Schemas['LookingCamera'];
export type WatchedPlace = Schemas['WatchedPlace'];
export type Coverage = Schemas['CoverageAnswer'];

interface Question { doors?: string; purpose?: string }

/** Cameras of a site, also those of which nobody knows where they look. */
export const listCameras = (site: string, moment: Moment, signal?: AbortSignal): Promise<Schemas['CameraPage']> => get('api/cameras', { site, ...moment }, signal);
/** What is seen of a storey; without one, of the ground about gates and entrances. */
export const readCoverage = (site: string, storey: string | null, question: Question, moment: Moment, signal?: AbortSignal): Promise<Coverage> => get('api/cameras/coverage', { ...(storey ? { storey } : { site }), ...question, ...moment }, signal);
/** What no working camera sees of a building, the largest first. */
export const listBlindSpots = (building: string, question: Question, moment: Moment, signal?: AbortSignal): Promise<Schemas['BlindAnswer']> => get('api/cameras/blind', { building, ...question, ...moment }, signal);
export const pointCamera = async (code: string, pose: CameraPose): Promise<CameraItem> => (await (await request(`api/cameras/${encodeURIComponent(code)}/view`, { method: 'PUT', body: JSON.stringify(pose) })).json()) as CameraItem;
