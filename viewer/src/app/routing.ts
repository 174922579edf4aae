/**
 * Addresses: `/PAGE?what=the+page+shows#what=the+scene+shows`. A page is one path segment, so that files
 * are found by relative addresses wherever the application is served.
 */
import { computed, type Component, type WritableComputedRef } from 'vue';
import { createRouter, createWebHistory, useRoute, useRouter, type Router } from 'vue-router';
import { PAGES, type Page } from '@/app/pageList';
import { loadPage } from '@/app/pages';
import { expectScene } from '@/app/sceneLoading';

declare module 'vue-router' {
  interface RouteMeta {
    page: Page;
  }
}

export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory(new URL('.', document.baseURI).pathname),
    routes: [
      ...PAGES.map((page) => ({ path: `/${page.path}`, name: page.path || 'model', component: () => begin(page), meta: { page } })),
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  });
}

function begin(page: Page): Promise<Component> {
  if (page.hasScene) expectScene();
  return loadPage(page);
}

/** Address of a page that keeps what the scene shows; `query` is the page's own. */
export function addressOf(path: string, query: Readonly<Record<string, string | null | undefined>> = {}, hash = location.hash): string {
  const search = new URLSearchParams(new URLSearchParams(location.search).has('inspect') ? [['inspect', '']] : []);
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  return `/${path}${search.size ? `?${search.toString()}` : ''}${hash}`;
}

/** Write what the scene shows into the address, without a step in the history. */
export function replaceHash(hash: string): void {
  const url = new URL(location.href);
  url.hash = hash;
  const base = new URL('.', document.baseURI).pathname;
  // The router reads `current` when one goes back to this entry.
  const current = `/${url.pathname.slice(base.length)}${url.search}${url.hash}`;
  history.replaceState({ ...(history.state as object | null), current }, '', url);
}

/** What was asked of the address and is not there yet: several values may be set at once. */
let asked: { path: string; search: URLSearchParams } | null = null;

/** One value of a page's query, kept in the address without a step in the history; "" is none. */
export function useQuery(name: string): WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    get: () => {
      const value = route.query[name];
      return typeof value === 'string' ? value : '';
    },
    set: (value) => {
      const { path } = route;
      const search = new URLSearchParams(asked?.path === path ? asked.search : location.search);
      if (value) search.set(name, value);
      else search.delete(name);
      const ours = (asked = { path, search });
      void router.replace(`${path}${search.size ? `?${search.toString()}` : ''}${location.hash}`).finally(() => {
        if (asked === ours) asked = null;
      });
    },
  });
}
