import { ref, watch, type Ref } from 'vue';

/** True from the first time on that `isWanted` is: what is seldom asked for is made then, and kept. */
export function useLatch(isWanted: Readonly<Ref<boolean>>): Readonly<Ref<boolean>> {
  const wasWanted = ref(isWanted.value);
  const stop = watch(isWanted, (now) => {
    if (!now) return;
    wasWanted.value = true;
    stop();
  }, { flush: 'sync' });
  return wasWanted;
}
