import { computed, onBeforeUnmount, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { ApiError } from '@/api/client';
import { LiveLine } from '@/api/liveLine';
import { readWall, type Wall } from '@/api/wall';
import { isStale } from '@/core/wall';

const SOON_MS = 1500;

export interface WallFeed {
  wall: ShallowRef<Wall | null>;
  error: ShallowRef<ApiError | null>;
  /** Seconds since the server last answered. */
  age_s: ComputedRef<number>;
  isStale: ComputedRef<boolean>;
  /** The line on which alarms are told at once. */
  isLive: Ref<boolean>;
  /** The server's clock, in milliseconds; a display's own may be wrong. */
  clock_ms: ComputedRef<number>;
  refresh: () => void;
}

/**
 * What the wall shows, asked for again and again for weeks. One question is under way at a time, one timer waits
 * for the next, and only the newest answer is kept.
 */
export function useWall(site: () => string | null, interval_s: () => number): WallFeed {
  const wall = shallowRef<Wall | null>(null);
  const error = shallowRef<ApiError | null>(null);
  const isLive = ref(false);
  const answered = ref(performance.now());
  const now = ref(performance.now());
  const offset_ms = ref(0);
  let running: AbortController | null = null;
  let timer = 0;
  let soon = 0;
  let isOver = false;

  async function ask(): Promise<void> {
    clearTimeout(timer);
    const asked = site();
    if (isOver || !asked) return;
    running?.abort();
    const mine = new AbortController();
    running = mine;
    // A server that never answers must not hold the wall.
    const limit = setTimeout(() => { mine.abort(); }, Math.max(15, interval_s() * 2) * 1000);
    try {
      const found = await readWall(asked, mine.signal);
      if (mine !== running) return;
      wall.value = found;
      error.value = null;
      answered.value = performance.now();
      offset_ms.value = Date.parse(found.at) - Date.now();
    } catch (failure) {
      const isAbort = failure instanceof DOMException && failure.name === 'AbortError';
      if (mine !== running) return;
      if (!isAbort && !(failure instanceof ApiError)) throw failure;
      if (failure instanceof ApiError) error.value = failure;
    } finally {
      clearTimeout(limit);
      if (mine === running) {
        running = null;
        if (!isOver) timer = window.setTimeout(() => void ask(), interval_s() * 1000);
      }
    }
  }

  /** Several alarms at once are one question. */
  function askSoon(): void {
    clearTimeout(soon);
    soon = window.setTimeout(() => void ask(), SOON_MS);
  }

  const line = new LiveLine({ codes: [], sensors: [] }, {
    alarms: askSoon,
    opened: () => { isLive.value = true; },
    lost: () => { isLive.value = false; },
  });
  const second = window.setInterval(() => { now.value = performance.now(); }, 1000);
  watch(site, () => {
    wall.value = null;
    void ask();
  }, { immediate: true });
  watch(interval_s, () => void ask());

  onBeforeUnmount(() => {
    isOver = true;
    running?.abort();
    clearTimeout(timer);
    clearTimeout(soon);
    clearInterval(second);
    line.close();
  });

  const age_s = computed(() => Math.max(0, (now.value - answered.value) / 1000));
  return {
    wall,
    error,
    age_s,
    isLive,
    isStale: computed(() => isStale(age_s.value, interval_s())),
    clock_ms: computed(() => (void now.value, Date.now() + offset_ms.value)),
    refresh: () => void ask(),
  };
}
