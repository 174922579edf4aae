import { onBeforeUnmount, onMounted } from 'vue';

/** A dialog that is open has the keys, Escape among them, and nothing behind it. */
const isBehindDialog = (): boolean => document.querySelector('.el-overlay:not([style*="display: none"])') !== null;

/** Keys of the whole page, by `event.key` in lower case, `shift+` before letters; not while one types. */
export function useKeyboard(actions: Readonly<Record<string, () => unknown>>): void {
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isBehindDialog()) return;
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
