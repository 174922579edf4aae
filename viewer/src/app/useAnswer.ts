import { onScopeDispose, ref, shallowRef, watchEffect, type Ref, type ShallowRef } from 'vue';
import { ApiError } from '@/api/client';

export interface Answer<T> {
  value: ShallowRef<T | null>;
  state: Ref<'idle' | 'loading' | 'ready' | 'failed'>;
  error: ShallowRef<ApiError | null>;
  again: () => void;
}

/**
 * Ask the server, and again whenever something that the question reads changes; the last question wins.
 * While it is asked again the old answer stays, so that a page does not blink. Null asks nothing.
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T> | null): Answer<T> {
  const value: ShallowRef<T | null> = shallowRef(null);
  const state = ref<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  const error = shallowRef<ApiError | null>(null);
  const times = ref(0);
  let running: AbortController | null = null;

  async function settle(answer: Promise<T>, mine: AbortController): Promise<void> {
    try {
      const found = await answer;
      if (mine !== running) return;
      value.value = found;
      state.value = 'ready';
    } catch (failure) {
      if (mine !== running || (failure instanceof DOMException && failure.name === 'AbortError')) return;
      if (!(failure instanceof ApiError)) throw failure;
      value.value = null;
      error.value = failure;
      state.value = 'failed';
    }
  }

  watchEffect(() => {
    void times.value;
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const answer = ask(mine.signal);
    if (!answer) {
      value.value = null;
      state.value = 'idle';
      return;
    }
    state.value = 'loading';
    error.value = null;
    void settle(answer, mine);
  });
  onScopeDispose(() => {
    running?.abort();
    running = null;
  });
  return { value, state, error, again: () => (times.value += 1) };
}
