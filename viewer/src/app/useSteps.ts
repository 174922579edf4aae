import { shallowRef, watchEffect, type ShallowRef } from 'vue';
import { advance, LONGEST_MS, walk, type Steps } from '@/core/steps';

/**
 * What is reckoned in steps, and anew whenever something changes that its beginning has read. Short work is done at
 * once; of long work the result before stays until the new one is there.
 */
export function useSteps<T>(begin: () => Steps<T>, initial: T): Readonly<ShallowRef<T>> {
  const value: ShallowRef<T> = shallowRef(initial);
  watchEffect((onCleanup) => {
    const running = new AbortController();
    onCleanup(() => {
      running.abort();
    });
    const steps = begin();
    const done = advance(steps, LONGEST_MS);
    if (done) value.value = done.value;
    else void walk(steps, running.signal).then((rest) => {
      if (rest && !running.signal.aborted) value.value = rest.value;
    });
  });
  return value;
}
