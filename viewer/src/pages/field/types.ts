import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];
export type FieldPack = Schemas['FieldPack'];
export type PackItem = Schemas['PackItem'];
export type Order = Schemas['OrderFile'];
export type Round = Schemas['RoundFile'];
export type RoundStop = Schemas['RoundStop'];
export type Walk = Schemas['Walk'];
export type SyncOutcome = Schemas['SyncOutcome'];
