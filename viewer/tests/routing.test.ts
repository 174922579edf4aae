import { afterEach, expect, test, vi } from 'vitest';
import { createSSRApp } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';

afterEach(() => vi.unstubAllGlobals());

test('values of the address that are set at once are all there', async () => {
  vi.stubGlobal('localStorage', { getItem: () => null });
  vi.stubGlobal('location', { search: '?kept=1', hash: '' });
  const { useQuery } = await import('@/app/routing');
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/page', component: {} }] });
  const app = createSSRApp({}).use(router);
  await router.push('/page?kept=1');
  const [leaf, room] = app.runWithContext(() => [useQuery('leaf'), useQuery('room')]);
  if (!leaf || !room) throw new Error('no values');
  leaf.value = 'stack';
  room.value = 'R1';
  await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({ kept: '1', leaf: 'stack', room: 'R1' }));
  expect([leaf.value, room.value]).toEqual(['stack', 'R1']);
  // What is there already is read from the address again.
  vi.stubGlobal('location', { search: '?room=R1', hash: '' });
  room.value = '';
  await vi.waitFor(() => expect(router.currentRoute.value.query).toEqual({}));
});
