/** What the page will ask for anyway, asked while its code is under way. */
import { whoAmI } from '@/api/client';
import { expectCompound } from '@/api/compound';
import type { User } from '@/api/types';
import { PAGES, type Page } from '@/app/pageList';
import { expectScene } from '@/app/sceneLoading';
import { readView } from '@/core/viewUrl';

/** Where somebody was signed in last: the site that is opened unless another is named. The session itself no script can see. */
const KNOWN = 'fangma.known';
const NO_SITE = '1';

let reader: Promise<User | null> | null = null;

/** The page that the address names; null where there is none. */
export function namedPage(): Page | null {
  const path = location.pathname.slice(new URL('.', document.baseURI).pathname.length).replace(/\/$/, '');
  return PAGES.find((page) => page.path === path) ?? null;
}

/** Somebody was signed in here; a display's token is made a session first. */
function isReaderLikely(): boolean {
  return localStorage.getItem(KNOWN) !== null && !location.hash.startsWith('#device=');
}

export function noteReader(isKnown: boolean): void {
  if (!isKnown) localStorage.removeItem(KNOWN);
  else if (localStorage.getItem(KNOWN) === null) localStorage.setItem(KNOWN, NO_SITE);
}

/** The site that will be opened next time where none is named. */
export function noteSite(code: string | undefined): void {
  if (code && localStorage.getItem(KNOWN) !== null) localStorage.setItem(KNOWN, code);
}

/** Where the page shows the scene, its model is asked for before the page's code is here. */
export function expectModel(page: Page | null): void {
  if (!page?.hasScene) return;
  const { site, moment } = readView(location.hash);
  const usual = localStorage.getItem(KNOWN);
  expectCompound(site, moment, usual === NO_SITE ? null : usual);
}

/** Ask for what the address names, if it is likely that somebody is there to see it. */
export function expectPage(): void {
  const page = namedPage();
  if (!page || page.isPublic || !isReaderLikely()) return;
  reader = whoAmI();
  reader.catch(() => undefined); // told to whoever takes it
  expectModel(page);
  if (page.hasScene) expectScene();
}

/** Who reads: the answer that was expected, once, else a new one. */
export function askWhoReads(): { answer: Promise<User | null>; wasExpected: boolean } {
  const early = reader;
  reader = null;
  return { answer: early ?? whoAmI(), wasExpected: early !== null };
}
