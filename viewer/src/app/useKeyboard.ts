import { onBeforeUnmount, onMounted } from 'vue';

/** Keys of the whole page, by `event.key` in lower case, `shift+` before letters; not while one types. */
export function useKeyboard(actions: Readonly<Record<string, () => unknown>>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target as HTMLElement;
    const isTyping = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    const key = event.key.toLowerCase();
    if (isTyping && key !== 'escape') return;
    // Arrows belong to trees, sliders and menus while these have the focus.
    if (key.startsWith('arrow') && target.closest('[role=tree], [role=slider], [role=menu], [role=listbox]')) return;
    const name = event.shiftKey && /^[a-z]$/.test(key) ? `shift+${key}` : key;
    const action = actions[name];
    if (!action) return;
    event.preventDefault();
    action();
  }
  onMounted(() => {
    addEventListener('keydown', onKey);
  });
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey);
  });
}
