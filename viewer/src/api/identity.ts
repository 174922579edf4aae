import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type ImportRow = Schemas['Import'];
export type ImportDifferences = Schemas['ImportDifferences'];
export type ImportDifference = Schemas['ImportDifference'];
export type ReviewItem = Schemas['ReviewItem'];
export type ReviewDetail = Schemas['ReviewDetail'];
export type ReviewSide = Schemas['ReviewSide'];

/** The newest of a site; a link may name an older one. */
export const MOST_IMPORTS = 100;
export const listImports = async (site: string, signal?: AbortSignal): Promise<ImportRow[]> =>
  (await get<{ items: ImportRow[] }>('api/imports', { site, limit: MOST_IMPORTS }, signal)).items;
export const readDifferences = (revision: number, signal?: AbortSignal): Promise<ImportDifferences> => get(`api/imports/${revision}/differences`, {}, signal);
export const listReviews = async (signal?: AbortSignal): Promise<ReviewItem[]> => (await get<{ items: ReviewItem[] }>('api/reviews', {}, signal)).items;
export const readReview = (number: number, signal?: AbortSignal): Promise<ReviewDetail> => get(`api/reviews/${number}`, {}, signal);

export type DecisionUndone = Schemas['DecisionUndone'];

/** Take a decision about lineage back; a trial only tells what would come back. */
export async function undoDecision(revision: number, reason: string, isTrial: boolean): Promise<DecisionUndone> {
  const response = await request('api/lineage/undo', {
    method: 'POST',
    body: JSON.stringify({ revision, reason: reason || null, dry_run: isTrial }),
  });
  return (await response.json()) as DecisionUndone;
}

export async function decideReview(number: number, decision: string, reason: string): Promise<ReviewItem> {
  const response = await request(`api/reviews/${number}/decision`, {
    method: 'POST',
    body: JSON.stringify({ decision, reason: reason || null }),
  });
  return (await response.json()) as ReviewItem;
}
