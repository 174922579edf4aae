/** The scene's code is large: it is asked for as soon as a page is known to have a place for it. */
import type { Component } from 'vue';
import { breath } from '@/core/breath';
import { expectContext } from '@/scene/context';

export const loadScene = (): Promise<{ default: Component }> => import('@/app/SceneView.vue');

/** The page has shown something: its frame, or what stands in its place. A page behind others never does. */
function shown(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 200);
  });
}

async function prepare(): Promise<void> {
  const [{ prepareEasel }] = await Promise.all([import('@/scene/easel'), loadScene(), shown()]);
  const easel = prepareEasel();
  await breath();
  await easel.translated(); // the page is mounted meanwhile
  easel.rehearse();
}

/** Begin to load, and make ready to draw while the model is under way; whoever shows the scene tells when that failed. */
export function expectScene(): void {
  prepare().catch(() => undefined);
  setTimeout(expectContext); // questions are under way first
}
