import { onBeforeUnmount, watch, type Ref } from 'vue';

const LIT = 'aria-activedescendant';

/** Element Plus names an option of index -1 while none of the suggestions is lit; a screen reader is told of none instead. */
export function useLitOption(root: Readonly<Ref<HTMLElement | null>>): void {
  const watcher = new MutationObserver((changes) => {
    for (const { target } of changes) mend(target as HTMLElement);
  });
  function mend(input: HTMLElement): void {
    if (input.getAttribute(LIT)?.endsWith('item--1')) input.removeAttribute(LIT);
  }
  watch(root, (element) => {
    watcher.disconnect();
    const input = element?.querySelector('input');
    if (!input) return;
    mend(input);
    watcher.observe(input, { attributes: true, attributeFilter: [LIT] });
  }, { flush: 'post', immediate: true });
  onBeforeUnmount(() => {
    watcher.disconnect();
  });
}
