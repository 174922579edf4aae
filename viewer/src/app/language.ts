import { markRaw } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Language } from '@/core/units';
import en from '@/locales/en.json';
import zh from '@/locales/zh.json';

const KEPT = 'fangma.language';

function remembered(): Language {
  const kept = localStorage.getItem(KEPT);
  return kept === 'en' || kept === 'zh' ? kept : 'zh';
}

// Words are there before whoever speaks them: that each of them is watched for changes would only cost.
export const i18n = createI18n({ legacy: false, locale: remembered() as string, fallbackLocale: 'zh', messages: { zh: markRaw(zh), en: markRaw(en) } });

export function currentLanguage(): Language {
  return i18n.global.locale.value === 'en' ? 'en' : 'zh';
}

export function speak(language: Language): void {
  i18n.global.locale.value = language;
  if (localStorage.getItem(KEPT) !== language) localStorage.setItem(KEPT, language); // writing waits for a disk
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Words one after another, as the language parts them. */
export const listed = (words: readonly string[]): string => words.join(currentLanguage() === 'zh' ? '、' : ', ');

/** The word for something that the data names by an id (`layer.wall`), or the id itself where we have none. */
export function wordFor(group: 'column' | 'kind' | 'layer' | 'method' | 'system' | 'use' | 'what', id: string | null): string {
  if (!id) return i18n.global.t('missing');
  const key = `${group}.${id}`;
  return i18n.global.te(key) || i18n.global.te(key, 'zh') ? i18n.global.t(key) : id;
}
