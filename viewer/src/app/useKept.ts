import { ref, watch, type Ref } from 'vue';
import { readKept, type Kept } from '@/core/selections';

/** Something kept by name in this browser. */
export function useKept<T>(place: string, isRight: (value: unknown) => value is T): Ref<Kept<T>[]> {
  const kept = ref(readKept(localStorage.getItem(place), isRight)) as Ref<Kept<T>[]>;
  watch(kept, (all) => {
    localStorage.setItem(place, JSON.stringify(all));
  }, { deep: true });
  return kept;
}
