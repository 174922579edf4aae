import { onBeforeUnmount, ref, type Ref } from 'vue';

/** The time, often enough for ages in words. */
export function useNow(every_ms = 10_000): Ref<number> {
  const now = ref(Date.now());
  const timer = window.setInterval(() => {
    now.value = Date.now();
  }, every_ms);
  onBeforeUnmount(() => {
    clearInterval(timer);
  });
  return now;
}
