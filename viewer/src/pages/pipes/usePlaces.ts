import { computed, onBeforeUnmount, watch, type ComputedRef, type Ref } from 'vue';
import { comesInSlices } from '@/api/features';
import { listPlaces, type PipePiece } from '@/api/pipes';
import { useSharedCompound } from '@/app/reader';
import { useAnswer, type Answer } from '@/app/useAnswer';
import { UNKNOWN_ROW } from '@/core/features';
import { areaOf } from '@/core/places';
import { tubesOf } from '@/core/tubes';

/**
 * Where every piece of the site lies, asked for once somebody wants it, and shown as tubes for as long as they are wanted;
 * of a site that comes in slices only those of what is opened or looked at: it has a million.
 */
export function useTubes(isWanted: Readonly<Ref<boolean>>): { answer: Answer<PipePiece[]>; pieces: ComputedRef<readonly PipePiece[]> } {
  const compound = useSharedCompound();
  const isLarge = computed(() => compound.scene.value !== null && comesInSlices(compound.scene.value));
  const opened = computed(() => (compound.view.isolated.length ? (compound.features.value?.boxOf(new Set(compound.view.isolated)) ?? null) : null));
  const area = computed(() => (isWanted.value && isLarge.value && compound.scene.value ? areaOf(opened.value, compound.camera.value, compound.scene.value.origin) : null));
  const answer = useAnswer(() => {
    const { site, moment, scene } = compound;
    if (!isWanted.value || !site.value || !scene.value || (isLarge.value && area.value === null)) return null;
    return listPlaces(site.value, moment.value, area.value);
  });
  const pieces = computed(() => answer.value.value ?? []);
  watch([isWanted, pieces, compound.features, compound.scene, compound.grown], ([wanted, found, table, scene]) => {
    const origin = scene?.origin;
    compound.tubes.value = wanted && table && origin ? tubesOf(found, origin, (code) => code !== null && table.rowOfCode(code) !== UNKNOWN_ROW) : [];
  }, { immediate: true });
  onBeforeUnmount(() => {
    compound.tubes.value = [];
  });
  return { answer, pieces };
}
