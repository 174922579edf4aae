import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createI18n } from 'vue-i18n';
import sharedEn from '@/locales/en.json';
import sharedZh from '@/locales/zh.json';

type Words = Readonly<{ [key: string]: string | Words }>;

function keys(words: Words, before = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [before + key] : keys(value, `${before}${key}.`)));
}

function word(words: Words, key: string): string {
  let at: string | Words | undefined = words;
  for (const part of key.split('.')) at = typeof at === 'object' ? at[part] : undefined;
  return typeof at === 'string' ? at : '';
}

/** The shared words with those of each folder of pages under the folder's name, as the application merges them. */
function withPages(shared: Words, language: string): Words {
  const folders = readdirSync('src/pages').filter((folder) => readdirSync(join('src/pages', folder)).includes(`words.${language}.json`));
  expect(folders.filter((folder) => folder in shared), 'folders whose words would hide shared ones').toEqual([]);
  const read = (folder: string): Words => JSON.parse(readFileSync(join('src/pages', folder, `words.${language}.json`), 'utf8')) as Words;
  return { ...shared, ...Object.fromEntries(folders.map((folder) => [folder, read(folder)])) };
}
const zh = withPages(sharedZh, 'zh');
const en = withPages(sharedEn, 'en');

const known = new Set(keys(zh));

const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n');
/** `t('a.b')` and `$t('a.b')`. */
const asked = [...source.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1] ?? '');
/** `t(`a.${b}`)`, and the groups that `wordFor` looks up. */
const groups = [...source.matchAll(/\bt\(`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '').concat('column.', 'kind.', 'layer.', 'method.', 'system.', 'use.', 'what.');

describe('the languages', () => {
  it('have the same keys', () => {
    expect(keys(en)).toEqual(keys(zh));
  });

  it('have a word for every key that the source asks for', () => {
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
    expect(groups.filter((group) => ![...known].some((key) => key.startsWith(group)))).toEqual([]);
  });

  it('have no key that nothing asks for', () => {
    expect(keys(zh).filter((key) => !asked.includes(key) && !groups.some((group) => key.startsWith(group)))).toEqual([]);
  });

  it('fill the same places in a sentence', () => {
    const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();
    for (const key of keys(zh)) for (const form of word(en, key).split(' | ')) expect(places(form), key).toEqual(places(word(zh, key)));
  });

  it('say one room and two rooms', () => {
    const counted = keys(en).filter((key) => /\{(n|count)\} ([a-z]+ )?[a-z]+s\b/.test(word(en, key)));
    expect(counted.length).toBeGreaterThan(20);
    expect(counted.filter((key) => word(en, key).split(' | ').length !== 2)).toEqual([]);
    const { t } = createI18n({ legacy: false, locale: 'en', messages: { en: { rooms: word(en, 'tree.rooms') } } }).global;
    expect([0, 1, 2].map((n) => t('rooms', { n }))).toEqual(['0 rooms', '1 room', '2 rooms']);
    expect([t('rooms', { n: '1' }, 1), t('rooms', { n: '1,204' }, 1204)]).toEqual(['1 room', '1,204 rooms']);
  });

  it('part words one after another each in its own way', () => {
    expect(source.match(/'、'/g), 'only in `listed`: English parts them by a comma').toHaveLength(1);
  });

  it('speak: no word is empty', () => {
    expect([...keys(zh).filter((key) => !word(zh, key)), ...keys(en).filter((key) => !word(en, key))]).toEqual([]);
  });
});
