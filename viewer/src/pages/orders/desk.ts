/** What every part of the desk needs to know: who can be given work, and how places are called. */
import { inject, provide, type ComputedRef, type InjectionKey } from 'vue';
import type { Worker } from '@/api/orders';

export interface Desk {
  workers: ComputedRef<readonly Worker[]>;
  buildings: ComputedRef<readonly { code: string; name: string }[]>;
  placeName: (code: string | null) => string;
  workerName: (name: string | null) => string;
}

const DESK: InjectionKey<Desk> = Symbol('desk');

export function provideDesk(desk: Desk): void {
  provide(DESK, desk);
}

export function useDesk(): Desk {
  const desk = inject(DESK);
  if (!desk) throw new Error('no desk: the part is outside of the page');
  return desk;
}
