import { computed, onBeforeUnmount, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useSharedCompound } from '@/app/reader';
import type { SceneNote } from '@/app/useCompound';
import type { Box } from '@/core/boxes';
import { centre } from '@/core/boxes';
import { colourParts, type PartOfAnswer } from '@/core/network';
import { NETWORK_COLOURS, NEUTRAL } from '@/core/palette';
import { useRoomFloors } from './useRoomFloors';

/** Make the scene see through what the colouring says nothing about, or show it solid. */
export function seeThrough(compound: ReturnType<typeof useSharedCompound>, wanted: boolean): void {
  if (compound.isSeenThrough.value !== wanted) compound.view.xray = !compound.view.xray;
}

/** Show an answer in the scene for as long as its panel stands: its things and the floors of its rooms in colour, all else as ghosts. */
export function useShownParts(parts: Readonly<Ref<readonly PartOfAnswer[]>>, numbered: Readonly<Ref<readonly string[]>>, more?: Readonly<Ref<readonly SceneNote[]>>): void {
  const { t } = useI18n();
  const compound = useSharedCompound();
  useRoomFloors(computed(() => parts.value.filter(({ part }) => part === 'room').map(({ code }) => code)), { key: 'room', colour: NETWORK_COLOURS['room'] ?? NEUTRAL });

  watch([parts, numbered, () => more?.value, compound.features, () => compound.commands.value !== null, compound.grown], ([shown, valves, notes, table, hasScene, rows], before) => {
    if (!table) return;
    compound.tint.value = shown.length ? colourParts(table, shown, (part) => t(`pipes.part.${part}`)) : null;
    compound.notes.value = [...valves.flatMap((code, i): SceneNote[] => {
      const box = table.box(table.rowOfCode(code));
      return box ? [{ at: centre(box), text: String(i + 1), isBeside: true }] : [];
    }), ...(notes ?? [])];
    // An answer may be there before the scene is: then the scene's coming takes the eye there.
    const isNew = shown !== before[0] || (hasScene && !before[4]);
    if (!shown.length || (!isNew && before[5] !== undefined && rows !== before[5])) return; // more of the site came: the eye stays
    if (!more && compound.view.isolated.length) compound.view.isolated = []; // pipes run on beyond the storey
    seeThrough(compound, true);
    // One goes to what was asked of and to what is to be closed, not to all that runs dry by it; nor to whole rooms that a trace reaches.
    const sought = shown.filter(({ part }) => (valves.length ? part === 'asked' || part === 'valve' : part !== 'room'));
    const boxes = sought.map(({ code }) => table.box(table.rowOfCode(code))).filter((box): box is Box => box !== null);
    if (boxes.length && !more && isNew) compound.commands.value?.fit(boxes, { margin: boxes.length === 1 ? 3 : valves.length ? 1.3 : 1.08 });
  }, { immediate: true });
  onBeforeUnmount(() => {
    compound.tint.value = null;
    compound.notes.value = [];
  });
}

/** Open a thing of an answer: its file, and the eye goes there; the answer stays. */
export function useOpening(): (code: string | null) => void {
  const compound = useSharedCompound();
  return (code) => {
    if (!code) return;
    void compound.pickCode(code);
    compound.flyToPicked();
  };
}
