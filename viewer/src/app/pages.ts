/** Brings a page's code and its words. */
import type { Component } from 'vue';
import { i18n } from '@/app/language';
import { FOLDER_OF, type Page } from '@/app/pageList';

const words = import.meta.glob<{ default: Record<string, unknown> }>('@/pages/*/words.*.json');

const spoken = new Set<string>();

/** Load the words of a folder of pages, in both languages; for parts that pages share too. */
export async function loadWords(folder: string): Promise<void> {
  if (spoken.has(folder)) return;
  await Promise.all(
    (['zh', 'en'] as const).map(async (language) => {
      const read = Object.entries(words).find(([file]) => file.endsWith(`/pages/${folder}/words.${language}.json`))?.[1];
      if (read) i18n.global.mergeLocaleMessage(language, { [folder]: (await read()).default });
    }),
  );
  spoken.add(folder);
}

/** A page with its words: one chunk an audience. */
export async function loadPage(page: Page): Promise<Component> {
  const folders = [FOLDER_OF.get(page) ?? '', ...(page.words ?? [])];
  const [module] = await Promise.all([page.load(), ...folders.map(loadWords)]);
  return module.default;
}
