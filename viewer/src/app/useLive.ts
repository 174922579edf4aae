import { onBeforeUnmount, ref, type Ref } from 'vue';
import { LiveLine } from '@/api/liveLine';

/** Few enough that a flood of alarms does not become a flood of questions. */
const LEAST_MS = 700;

/**
 * Be told when alarms begin or end, and ask again at most every 0.7 s. `isLive` is false while the line is down:
 * what is shown then is of before.
 */
export function useLiveAlarms(changed: () => void): { isLive: Ref<boolean> } {
  const isLive = ref(false);
  let timer = 0;
  let last = 0;
  function later(): void {
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      last = performance.now();
      changed();
    }, Math.max(0, LEAST_MS - (performance.now() - last)));
  }
  const line = new LiveLine({ codes: [], sensors: [] }, {
    alarms: later,
    opened: () => {
      isLive.value = true;
      later(); // what was missed while the line was down
    },
    lost: () => {
      isLive.value = false;
    },
  });
  onBeforeUnmount(() => {
    clearTimeout(timer);
    line.close();
  });
  return { isLive };
}
