import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

/** A value that also recolours the scene, for what stands beside it: it follows when the picture is drawn, which need not wait for that. */
export function useAfterPicture<T>(source: () => T): Readonly<ShallowRef<T>> {
  const shown = shallowRef(source());
  let [frame, timer] = [0, 0];
  watch(source, (value) => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = requestAnimationFrame(() => {
      timer = window.setTimeout(() => {
        shown.value = value;
      });
    });
  });
  onScopeDispose(() => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  });
  return shown;
}

/** Whoever draws slowly, or not at all, gets what stands beside the picture without it. */
const PATIENCE_MS = 400;

/** Whether panels may be made: they hold the page up as long as a picture does, so the first picture goes before them. */
export function useFurnished(isReady: () => boolean, isDrawn: Readonly<Ref<boolean>>): Readonly<Ref<boolean>> {
  const isFurnished = ref(isReady());
  let [frame, timer] = [0, 0];
  const stop = (): void => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  const furnish = (): void => {
    isFurnished.value = true;
  };
  watch([isReady, isDrawn], ([ready, drawn]) => {
    stop();
    if (!ready) isFurnished.value = false;
    // After the picture has been handed over.
    else if (drawn) frame = requestAnimationFrame(() => (timer = window.setTimeout(furnish)));
    else timer = window.setTimeout(furnish, PATIENCE_MS);
  });
  onScopeDispose(stop);
  return isFurnished;
}
