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
  revision?: number;
  /** `split`, `merge`, `renumber`, `swap`, `use` or `review`: a decision that can be taken back, unless it was. */
  decision?: string | null;
  undone?: boolean;
  /** `state`, `shape`, `lineage`, `assignment`, `lease` or `ledger`. */
  fact: string;
  what: string;
  valid_from: string | null;
  valid_to?: string | null;
  changes: Record<string, { before: unknown; after: unknown }>;
  predecessor?: string | null;
  successor?: string | null;
}

/** Who holds a room: a person by pseudonym, or a unit; days are whole, the last one included. */
export interface Occupant {
  person: string | null;
  unit: string | null;
  use: string | null;
  since: string | null;
  until: string | null;
}

/** What the books say of a room (台账). */
export interface Ledger {
  area_m2: number | null;
  use: string | null;
  unit: string | null;
  certificate: string | null;
  certificate_m2: number | null;
}

export interface Lease {
  direction: string;
  tenant: string;
  since: string | null;
  until: string | null;
  due: number | null;
  paid: number | null;
}

type Dated = Omit<Schemas['ItemFile'], keyof Item | 'history' | 'occupants'> & {
  history: HistoryEntry[];
  occupants: Occupant[];
  ledger?: Ledger | null;
  leases?: Lease[];
};

/** A thing with its whole file (一房一档), or an element without a code with the rooms that it bounds. */
export type ThingFile = Item & Partial<Dated> & Partial<Pick<Schemas['Picked'], 'bounds'>>;

/** The columns whose values stand in a dictionary. */
export type Dimension = 'kind' | 'ifc_class' | 'storey' | 'building' | 'use' | 'system' | 'layer';

export type FeatureColumns = Omit<Schemas['Features'], 'dictionaries'> & { dictionaries: Record<Dimension, string[]> };
