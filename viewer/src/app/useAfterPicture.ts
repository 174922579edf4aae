import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';

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
