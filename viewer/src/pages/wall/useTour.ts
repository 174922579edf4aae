import { onBeforeUnmount, ref, watch, type Ref } from 'vue';
import type { Compound } from '@/app/useCompound';
import type { WallAlarm } from '@/api/wall';
import { framed, union, type Box } from '@/core/boxes';
import { titleOfAlarm } from '@/core/alarms';
import { nextStop, tourStops, type TourStop } from '@/core/wall';

const REST_MS = 18_000;
const FLIGHT_MS = 4200;
/** From the first view, which shows the long sides: to the left and to the right of it, never along a building. */
const TURNS_RAD = [0.3, -0.3, 0.55, 0, -0.45] as const;

/** Walk slowly from place to place, and to an alarm at once; the picture rests between, sharp and still. */
export function useTour(compound: Compound, alarms: () => readonly WallAlarm[], isPaused: () => boolean): { title: Ref<string>; isAlarm: Ref<boolean> } {
  const title = ref('');
  const isAlarm = ref(false);
  const seen = new Set<string>();
  let now: string | null = null;
  let turns = 0;
  let timer = 0;

  function stops(): TourStop[] {
    const table = compound.features.value;
    if (!table) return [];
    const boxOfCode = (code: string | null): Box | null => {
      const row = code ? table.rowOfCode(code) : 0;
      return row ? table.box(row) : null;
    };
    const storeyOfCode = (code: string | null): string | null => {
      const row = code ? table.rowOfCode(code) : 0;
      return row ? table.value('storey', row) : null;
    };
    const inBuildings = new Map<string, Box>();
    for (const row of table.rooms) {
      const [code, box] = [table.value('building', row), table.box(row)];
      const held = code ? inBuildings.get(code) : null;
      if (code && box) inBuildings.set(code, (held && union([held, box])) ?? box);
    }
    const buildings = (compound.scene.value?.buildings ?? []).map((one) => ({
      code: one.code, name: one.name ?? one.code, box: inBuildings.get(one.code) ?? null,
    }));
    const whole = union(buildings.flatMap((one) => (one.box ? [one.box] : []))) ?? compound.bounds.value;
    const places = alarms().slice(0, 6).map((one) => ({ id: one.id, storey: storeyOfCode(one.code), box: boxOfCode(one.code), title: titleOfAlarm(one.message) }));
    return tourStops(whole, buildings, places);
  }

  function go(): void {
    clearTimeout(timer);
    if (compound.commands.value && !isPaused()) {
      const all = stops();
      const stop = nextStop(all, now, seen);
      // What is over is forgotten, so that nothing grows and an alarm that comes back is gone to again.
      for (const key of seen) if (!all.some((one) => one.key === key)) seen.delete(key);
      if (stop && (all.length > 1 || now === null || now !== stop.key || stop.kind === 'whole')) visit(stop);
    }
    timer = window.setTimeout(go, REST_MS + FLIGHT_MS);
  }

  function visit(stop: TourStop): void {
    now = stop.key;
    seen.add(stop.key);
    title.value = stop.title;
    isAlarm.value = stop.kind === 'alarm'; // it stands written where it is
    const storeys = stop.storey ? [stop.storey] : [];
    if (compound.view.isolated.join() !== storeys.join()) compound.view.isolated = storeys;
    turns += 1;
    // An alarm is seen among its neighbours.
    const around = storeys.length ? (compound.features.value?.boxOf(new Set(storeys)) ?? null) : null;
    compound.commands.value?.fit([stop.kind === 'alarm' ? framed(stop.box, around, 4) : stop.box], {
      fromFirst: stop.kind !== 'alarm', turn_rad: stop.kind === 'alarm' ? 0 : (TURNS_RAD[turns % TURNS_RAD.length] ?? 0), flight_ms: FLIGHT_MS,
      margin: stop.kind === 'alarm' ? 1.2 : 1.06, isSteep: stop.kind === 'alarm',
    });
  }

  watch(() => compound.commands.value, (commands) => {
    now = null;
    if (commands) go();
  }, { immediate: true });
  watch(() => alarms().map((one) => one.id).join(), (ids, before) => {
    const old = new Set((before ?? '').split(','));
    if (before !== undefined && ids.split(',').some((id) => id && !old.has(id))) go();
  });
  watch(isPaused, (paused) => {
    clearTimeout(timer);
    if (!paused) timer = window.setTimeout(go, 2000);
  });
  onBeforeUnmount(() => { clearTimeout(timer); });
  return { title, isAlarm };
}
