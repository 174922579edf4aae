import { get, request } from '@/api/client';
import type { components } from '@/api/schema.gen';

export type SavedView = components['schemas']['SavedViewItem'];
type NewView = components['schemas']['NewView'];

/** Views that people keep by name: the reader's, then those that others share. */
export const listViews = async (site: string, signal?: AbortSignal): Promise<SavedView[]> => (await get<{ items: SavedView[] }>('api/views', { site }, signal)).items;
export const readView = (id: number): Promise<SavedView> => get(`api/views/${String(id)}`);
export const saveView = async (wish: NewView): Promise<SavedView> => (await (await request('api/views', { method: 'POST', body: JSON.stringify(wish) })).json()) as SavedView;
export async function removeView(id: number): Promise<void> {
  await request(`api/views/${String(id)}`, { method: 'DELETE' });
}
