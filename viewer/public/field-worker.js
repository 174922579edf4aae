/*
 * Keeps the files of the field page, so that it opens without a network. Answers of the API are never kept here:
 * what may be read without a network is in IndexedDB, where signing in as somebody else removes it.
 */
const CACHE = 'fangma-field-1';
const BASE = new URL('./', self.location.href);

const isOurs = (url) => url.origin === BASE.origin && url.pathname.startsWith(BASE.pathname);
const pathOf = (url) => url.pathname.slice(BASE.pathname.length);
const isFile = (url) => isOurs(url) && (pathOf(url).startsWith('assets/') || /^[\w-]+\.(css|svg|js)$/.test(pathOf(url)));

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function store(request) {
  const response = await fetch(request);
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}

self.addEventListener('message', (event) => {
  if (!event.data || !Array.isArray(event.data.keep)) return;
  const wanted = event.data.keep.map((address) => new URL(address)).filter((url) => isFile(url) || (isOurs(url) && pathOf(url) === 'field'));
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      const files = new Set(wanted.map((url) => url.href));
      // Files of an older version are let go.
      for (const request of await cache.keys()) if (!files.has(request.url) && /\/assets\//.test(request.url)) await cache.delete(request);
      await Promise.allSettled([...files].map(async (href) => ((await cache.match(href)) && /\/assets\//.test(href) ? null : store(new Request(href, { credentials: 'same-origin' })))));
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET') return;
  if (event.request.mode === 'navigate' && isOurs(url) && pathOf(url) === 'field') {
    const page = new URL('field', BASE).href;
    event.respondWith(
      (async () => {
        try {
          return await store(new Request(page, { credentials: 'same-origin' }));
        } catch (failure) {
          const kept = await caches.match(page);
          if (kept) return kept;
          throw failure;
        }
      })(),
    );
  } else if (isFile(url)) {
    event.respondWith((async () => (pathOf(url).startsWith('assets/') && (await caches.match(event.request))) || store(event.request).catch(async (failure) => (await caches.match(event.request)) || Promise.reject(failure)))());
  }
});
