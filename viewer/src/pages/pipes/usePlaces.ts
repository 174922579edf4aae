import { computed, onBeforeUnmount, watch, type ComputedRef, type Ref } from 'vue';
import { listPlaces, type PipePiece } from '@/api/pipes';
import { useSharedCompound } from '@/app/reader';
import { useAnswer, type Answer } from '@/app/useAnswer';
import { UNKNOWN_ROW } from '@/core/features';
import { tubesOf } from '@/core/tubes';

/** Where every piece of the site lies, asked for once somebody wants it, and shown as tubes for as long as they are wanted. */
export function useTubes(isWanted: Readonly<Ref<boolean>>): { answer: Answer<PipePiece[]>; pieces: ComputedRef<readonly PipePiece[]> } {
  const compound = useSharedCompound();
  const answer = useAnswer(() => (isWanted.value && compound.site.value ? listPlaces(compound.site.value, compound.moment.value) : null));
  const pieces = computed(() => answer.value.value ?? []);
  watch([isWanted, pieces, compound.features, compound.scene], ([wanted, found, table, scene]) => {
    const origin = scene?.origin;
    compound.tubes.value = wanted && table && origin ? tubesOf(found, origin, (code) => code !== null && table.rowOfCode(code) !== UNKNOWN_ROW) : [];
  }, { immediate: true });
  onBeforeUnmount(() => {
    compound.tubes.value = [];
  });
  return { answer, pieces };
}
