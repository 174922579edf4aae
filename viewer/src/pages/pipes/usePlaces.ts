import { computed, onBeforeUnmount, watch, type ComputedRef, type Ref } from 'vue';
import { comesInSlices } from '@/api/features';
import { listPlaces, type PipePiece } from '@/api/pipes';
import { useSharedCompound } from '@/app/reader';
import { useAnswer, type Answer } from '@/app/useAnswer';
import { UNKNOWN_ROW, type FeatureTable } from '@/core/features';
import { CONTEXT, SELECTED } from '@/core/palette';
import { areaOf } from '@/core/places';
import { coresOf, tubesOf, type CoreLook } from '@/core/tubes';

/** Whether there are pipes in no storey: those of the grounds, which a survey knows and the model's tiles do not show. */
function hasGrounds(table: FeatureTable): boolean {
  const [pipe, nowhere] = [table.indexOf('kind', 'pipe'), table.indexOf('storey', '')];
  const { kind, storey } = table.columns;
  for (let row = 1; row < table.rows; row += 1) if (kind[row] === pipe && (storey[row] === nowhere || (storey[row] ?? -1) < 0)) return true;
  return false;
}

/**
 * Where every piece of the site lies: pipes without a body are drawn as soon as the model is, as long as the page stands, in the
 * colours of the scene; with the tubes in which they lie while those are wanted. Of a site that comes in slices only those of
 * what is opened or looked at, once tubes are wanted: it has a million.
 */
export function useTubes(isWanted: Readonly<Ref<boolean>>): { answer: Answer<PipePiece[]>; pieces: ComputedRef<readonly PipePiece[]> } {
  const compound = useSharedCompound();
  const isLarge = computed(() => compound.scene.value !== null && comesInSlices(compound.scene.value));
  const opened = computed(() => (compound.view.isolated.length ? (compound.features.value?.boxOf(new Set(compound.view.isolated)) ?? null) : null));
  const isAsked = computed(() => isWanted.value || (!isLarge.value && compound.isDrawn.value && compound.features.value !== null && hasGrounds(compound.features.value)));
  const area = computed(() => (isWanted.value && isLarge.value && compound.scene.value ? areaOf(opened.value, compound.camera.value, compound.scene.value.origin) : null));
  const answer = useAnswer(() => {
    const { site, moment, scene } = compound;
    if (!isAsked.value || !site.value || !scene.value || (isLarge.value && area.value === null)) return null;
    return listPlaces(site.value, moment.value, area.value);
  });
  const pieces = computed(() => answer.value.value ?? []);

  /** As what the model shows is coloured: what a legend has switched off is not drawn, and what an answer says nothing of is grey. */
  function look(table: FeatureTable, code: string | null): CoreLook | null {
    const row = code === null ? UNKNOWN_ROW : table.rowOfCode(code);
    const colouring = compound.colouring.value;
    const entry = colouring?.legend[colouring.entryOfRow[row] ?? -1];
    if (row !== UNKNOWN_ROW && row === compound.pickedRow.value) return { colour: SELECTED, row };
    if (entry && compound.view.muted.includes(entry.key)) return null;
    if (!entry && compound.tint.value) return { colour: CONTEXT, row: UNKNOWN_ROW }; // no more to be picked than a ghost
    return { colour: entry && colouring?.mode !== 'layer' ? entry.colour : null, row };
  }
  watch([isWanted, pieces, compound.features, compound.scene, compound.grown, compound.colouring, () => compound.view.muted, compound.pickedRow], ([wanted, found, table, scene]) => {
    const origin = scene?.origin;
    compound.tubes.value = table && origin ? [...(wanted ? tubesOf(found, origin) : []), ...coresOf(found, origin, (code) => code !== null && table.rowOfCode(code) !== UNKNOWN_ROW, (code) => look(table, code))] : [];
  }, { immediate: true });
  onBeforeUnmount(() => {
    compound.tubes.value = [];
  });
  return { answer, pieces };
}
