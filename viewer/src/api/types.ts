/** What the server answers, as docs/architecture.md has it ("HTTP surface"). */

export interface Problem {
  status: number;
  code: string;
  message: string;
  remedy: string;
}

export interface User {
  name: string;
  displayName: string;
  roles: string[];
}

export interface Session {
  expires: string;
  user: User;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Site {
  code: string;
  name: string;
  division: string;
  epsg: number | null;
  latitude: number | null;
  longitude: number | null;
  buildings: number;
  rooms: number;
  area_m2: number | null;
}

export interface TreeNode {
  code: string;
  name: string | null;
  kind: string;
  elevation_m?: number | null;
  rooms?: number;
  area_m2?: number | null;
  children?: TreeNode[];
}

export interface SourceRecord {
  file: string;
  guid: string | null;
  superseded: boolean;
}

export interface Item {
  code: string | null;
  kind: string;
  name: string | null;
  number: string | null;
  building: string | null;
  storey: string | null;
  use: string | null;
  system: string | null;
  area_m2: number | null;
  sources: SourceRecord[];
  status: 'current' | 'retired';
  ordinal?: number | null;
}

export interface DeclaredArea {
  set: string;
  name: string;
  value_m2: number;
}

/** What one revision said of a thing, dated by both clocks. */
export interface HistoryEntry {
  recorded_at: string | null;
  actor?: string | null;
  action?: string | null;
  reason?: string | null;
  document?: string | null;
  fact: string;
  what: string;
  valid_from: string | null;
  valid_to?: string | null;
  changes: Record<string, { before: unknown; after: unknown }>;
  predecessor?: string | null;
  successor?: string | null;
}

/** The whole file of a thing (一房一档). */
export interface ItemFile extends Item {
  area?: { measured_m2: number | null; declared: DeclaredArea[]; ledger_m2: number | null };
  occupants?: unknown[];
  history?: HistoryEntry[];
  predecessors?: string[];
  successors?: string[];
  ifc_class?: string | null;
  /** Codes of the rooms that a wall or slab bounds. */
  bounds?: string[];
}

export interface Found {
  code: string;
  kind: string;
  name: string | null;
  number: string | null;
  building: string | null;
  storey: string | null;
  ordinal: number | null;
  why: string;
}

export interface SceneBuilding {
  code: string;
  name: string | null;
  storeys: { code: string; name: string | null; elevation_m: number | null }[];
}

export interface SceneDescription {
  site: string;
  tileset: string;
  revision: number;
  origin: number[] | null;
  epsg: number | null;
  features: string;
  buildings: SceneBuilding[];
}

export interface FeatureColumns {
  revision: number;
  count: number;
  ordinal: number[];
  code: string[];
  kind: number[];
  ifc_class: number[];
  storey: number[];
  building: number[];
  use: number[];
  system: number[];
  layer: number[];
  area_m2: (number | null)[];
  /** Six floats a row: min x, y, z, max x, y, z; metres in the tileset's local frame. */
  box: number[];
  dictionaries: {
    kind: string[];
    ifc_class: string[];
    storey: string[];
    building: string[];
    use: string[];
    system: string[];
    layer: string[];
  };
}
