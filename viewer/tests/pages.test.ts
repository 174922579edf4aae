import { describe, expect, it } from 'vitest';
import { maySee, navigation, type PageDefinition } from '@/core/pages';

const page = (path: string, section: PageDefinition['section'], order: number, more: Partial<PageDefinition> = {}): PageDefinition => ({ path, section, order, roles: [], ...more });

describe('the navigation', () => {
  const pages = [page('b', 'audit', 2, { roles: ['auditor'] }), page('a', 'audit', 1, { roles: ['auditor', 'leader'] }), page('', 'space', 0), page('wall', 'monitoring', 0, { isUnlisted: true })];

  it('offers a reader the pages of the roles that they have, in the order of the sections', () => {
    expect(navigation(pages, ['leader']).map(({ section, pages: own }) => [section, own.map(({ path }) => path)])).toEqual([['space', ['']], ['audit', ['a']]]);
    expect(navigation(pages, ['auditor'])[1]?.pages.map(({ path }) => path)).toEqual(['a', 'b']);
  });

  it('leaves out a section without a page that the reader may see', () => {
    expect(navigation(pages, ['maintainer']).map(({ section }) => section)).toEqual(['space']);
  });

  it('opens a page without roles to everybody who is signed in', () => {
    expect(maySee(page('', 'space', 0), [])).toBe(true);
    expect(maySee(page('a', 'audit', 0, { roles: ['auditor'] }), ['planner'])).toBe(false);
  });
});
