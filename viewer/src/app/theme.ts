import { ref, watch } from 'vue';

const KEPT = 'fangma.theme';

export type Theme = 'light' | 'dark';

/** Light or dark, as the reader chose; else as the machine has it. */
export const theme = ref<Theme>(remembered());

function remembered(): Theme {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function switchTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEPT, theme.value);
}

watch(theme, (name) => {
  document.documentElement.dataset['theme'] = name;
}, { immediate: true });
