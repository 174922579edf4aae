/** The server's answers by short names, with what OpenAPI cannot say about some of their columns. */
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

export type Problem = Pick<Schemas['Problem'], 'status' | 'code' | 'message' | 'remedy'>;
export type User = Schemas['User'];
export type SignedIn = Schemas['SignedIn'];
export type Site = Schemas['Site'];
export type TreeNode = Schemas['Node'];
export type Item = Schemas['Item'];
export type Found = Schemas['Hit'];
export type SceneDescription = Schemas['Scene'];

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** What one revision said of a thing, dated by both clocks. */
export interface HistoryEntry {
  recorded_at: string | null;
  actor?: string | null;
  reason?: string | null;
  /** `state`, `shape` or `lineage`. */
  fact: string;
  what: string;
  valid_from: string | null;
  valid_to?: string | null;
  changes: Record<string, { before: unknown; after: unknown }>;
  predecessor?: string | null;
  successor?: string | null;
}

type Dated = Omit<Schemas['ItemFile'], keyof Item | 'history'> & { history: HistoryEntry[] };

/** A thing with its whole file (一房一档), or an element without a code with the rooms that it bounds. */
export type ThingFile = Item & Partial<Dated> & Partial<Pick<Schemas['Picked'], 'bounds'>>;

/** The columns whose values stand in a dictionary. */
export type Dimension = 'kind' | 'ifc_class' | 'storey' | 'building' | 'use' | 'system' | 'layer';

export type FeatureColumns = Omit<Schemas['Features'], 'dictionaries'> & { dictionaries: Record<Dimension, string[]> };
