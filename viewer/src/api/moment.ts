import { getLarge } from '@/api/client';
import type { components } from '@/api/schema.gen';
import type { Moment } from '@/core/moment';

type MomentAnswer = components['schemas']['MomentAnswer'];

/** One list of a site as it was at a moment: the server reckons no other. */
export const readPart = async <Part extends 'values' | 'occupancy' | 'valves'>(part: Part, site: string, moment: Moment, signal?: AbortSignal): Promise<MomentAnswer[Part]> =>
  (await getLarge<MomentAnswer>('api/moment', { site, part, ...moment }, signal))[part];
