import type { FeatureColumns } from '@/api/types';
import { packFeatures, type PackedFeatures } from '@/core/features';

export interface Row {
  ordinal: number;
  code?: string;
  kind?: string;
  ifc_class?: string;
  storey?: string;
  building?: string;
  use?: string;
  system?: string;
  layer?: string;
  area_m2?: number | null;
  box?: [number, number, number, number, number, number];
}

/** Columns as the server would send them and the page packs them, from rows as one thinks of them. */
export function columns(rows: Row[]): PackedFeatures {
  const dictionaries: FeatureColumns['dictionaries'] = { kind: [], ifc_class: [], storey: [], building: [], use: [], system: [], layer: [] };
  const index = (name: keyof typeof dictionaries, word: string): number => {
    const words = dictionaries[name];
    if (!words.includes(word)) words.push(word);
    return words.indexOf(word);
  };
  const column = (name: keyof typeof dictionaries): number[] => rows.map((row) => index(name, row[name] ?? ''));
  return packFeatures({
    revision: 1,
    count: rows.length,
    ordinal: rows.map((row) => row.ordinal),
    code: rows.map((row) => row.code ?? ''),
    kind: column('kind'),
    ifc_class: column('ifc_class'),
    storey: column('storey'),
    building: column('building'),
    use: column('use'),
    system: column('system'),
    layer: column('layer'),
    area_m2: rows.map((row) => row.area_m2 ?? null),
    box: rows.flatMap((row) => row.box ?? [0, 0, 0, 1, 1, 1]),
    dictionaries,
  });
}
