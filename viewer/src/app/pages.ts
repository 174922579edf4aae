/** Finds the pages: every folder `src/pages/NAME/` with a `page.ts` is one. Nothing else lists them. */
import type { Component } from 'vue';
import { i18n } from '@/app/language';
import type { PageDefinition } from '@/core/pages';

export interface Page extends PageDefinition {
  load: () => Promise<{ default: Component }>;
}

export function definePage(page: Page): Page {
  return page;
}

const found = import.meta.glob<{ default: Page }>('@/pages/*/page.ts', { eager: true });
const words = import.meta.glob<{ default: Record<string, unknown> }>('@/pages/*/words.*.json');

/** Folder of each page, which names its words: `audit.title` stands in `pages/audit/words.zh.json`. */
const folderOf = new Map<Page, string>(Object.entries(found).map(([file, module]) => [module.default, file.split('/').at(-2) ?? '']));

export const PAGES: readonly Page[] = [...folderOf.keys()];

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
  const [module] = await Promise.all([page.load(), loadWords(folderOf.get(page) ?? '')]);
  return module.default;
}
