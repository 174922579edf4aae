import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import { countStreams, listSomeStreams, type StreamCounts, type StreamItem, type StreamQuestion } from '@/api/administration';
import { useAnswer, type Answer } from '@/app/useAnswer';

/** More than a page holds at once; of more, those are listed that are asked for. */
export const MOST_STREAMS = 5000;
const PAUSE_MS = 300;

export interface Streams {
  counts: Answer<StreamCounts>;
  asked: Answer<{ items: StreamItem[]; isWhole: boolean }>;
  items: ComputedRef<readonly StreamItem[]>;
  /** There are more than a page holds: what is listed is chosen at the server. */
  isLarge: ComputedRef<boolean>;
  /** Words and a building that narrow the list of a large estate. */
  words: Ref<string>;
  building: Ref<string>;
}

/**
 * The streams that a page lists: all of them, or of a large estate the first of those that it asks for.
 *
 * @param chosen what the page itself narrows by; it is the server's to do only where not all are here
 * @param sensor one that must be among them, whatever they are narrowed by
 */
export function useStreams(chosen: () => StreamQuestion, sensor: () => string): Streams {
  const counts = useAnswer((signal) => countStreams(signal));
  const isLarge = computed(() => (counts.value.value?.count ?? 0) > MOST_STREAMS);
  const words = ref('');
  const building = ref('');
  const settled = ref('');
  let pause = 0;
  watch(words, (text) => {
    clearTimeout(pause);
    pause = window.setTimeout(() => (settled.value = text.trim()), PAUSE_MS);
  });
  const asked = useAnswer((signal) => {
    if (!counts.value.value) return null;
    if (!isLarge.value) return listSomeStreams({}, MOST_STREAMS, signal);
    return listSomeStreams({ ...chosen(), ...(building.value ? { within: building.value } : {}), ...(settled.value ? { q: settled.value } : {}) }, MOST_STREAMS, signal);
  });
  /** What a link or a pick names may be none of the first. */
  const named = useAnswer((signal) => {
    const name = sensor();
    if (!name || !isLarge.value || asked.value.value?.items.some((one) => one.sensor === name) !== false) return null;
    return listSomeStreams({ q: name }, 100, signal);
  });
  const items = computed(() => {
    const listed = asked.value.value?.items ?? [];
    const extra = named.value.value?.items.find((one) => one.sensor === sensor());
    return extra && !listed.includes(extra) ? [extra, ...listed] : listed;
  });
  return { counts, asked, items, isLarge, words, building };
}
