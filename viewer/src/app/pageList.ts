/** Finds the pages: every folder `src/pages/NAME/` with a `page.ts` is one. Nothing else lists them; their code is not here yet. */
import type { Component } from 'vue';
import type { PageDefinition } from '@/core/pages';

export interface Page extends PageDefinition {
  /** Folders whose words it uses beside its own. */
  words?: readonly string[];
  load: () => Promise<{ default: Component }>;
}

export function definePage(page: Page): Page {
  return page;
}

const found = import.meta.glob<{ default: Page }>('@/pages/*/page.ts', { eager: true });

/** Folder of each page, which names its words: `audit.title` stands in `pages/audit/words.zh.json`. */
export const FOLDER_OF: ReadonlyMap<Page, string> = new Map(Object.entries(found).map(([file, module]) => [module.default, file.split('/').at(-2) ?? '']));

export const PAGES: readonly Page[] = [...FOLDER_OF.keys()];
