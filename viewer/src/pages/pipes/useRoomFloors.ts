import { computed, onBeforeUnmount, watch, type Ref } from 'vue';
import { readStoreyPlan } from '@/api/audit';
import { useSharedCompound } from '@/app/reader';
import { useAnswer } from '@/app/useAnswer';
import { floorsOf, storeysOfRooms, type PlannedRoom } from '@/core/floors';
import type { Moment } from '@/core/moment';
import type { Rgb } from '@/core/palette';

/** A trace through a tower names rooms of every storey: other questions must get their turn. */
const PLANS_AT_ONCE = 4;

async function readRooms(storeys: readonly string[], moment: Moment, signal: AbortSignal): Promise<PlannedRoom[]> {
  const rooms: PlannedRoom[] = [];
  for (let at = 0; at < storeys.length; at += PLANS_AT_ONCE) {
    const plans = await Promise.all(storeys.slice(at, at + PLANS_AT_ONCE).map((code) => readStoreyPlan(code, moment, signal)));
    rooms.push(...plans.flatMap((plan) => plan.rooms));
  }
  return rooms;
}

/** Tint the floors of rooms in the scene for as long as a panel stands, unless the legend's entry of them is switched off. */
export function useRoomFloors(named: Readonly<Ref<readonly string[]>>, entry: { key: string; colour: Rgb }): void {
  const compound = useSharedCompound();
  // As one word: the same storeys named anew are not asked for again.
  const storeys = computed(() => (compound.features.value ? storeysOfRooms(compound.features.value, named.value).join(' ') : ''));
  const rooms = useAnswer((signal) => (storeys.value ? readRooms(storeys.value.split(' '), compound.moment.value, signal) : null));
  const isShown = computed(() => !compound.view.muted.includes(entry.key));
  watch([rooms.value, named, compound.features, isShown, compound.isSeenThrough], ([found, codes, table, wanted, seenThrough]) => {
    compound.areas.value = found && table && wanted ? floorsOf(table, found, new Set(codes), { colour: entry.colour, isBeneath: seenThrough }) : [];
  }, { immediate: true });
  onBeforeUnmount(() => {
    compound.areas.value = [];
  });
}
