/** The scene's code is large: it is asked for as soon as a page is known to have a place for it. */
import type { Component } from 'vue';

export const loadScene = (): Promise<{ default: Component }> => import('@/app/SceneView.vue');

/** The page has shown something: its frame, or what stands in its place. A page behind others never does. */
function shown(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 200);
  });
}

/** Begin to load, and make ready to draw while the model is under way; whoever shows the scene tells when that failed. */
export function expectScene(): void {
  Promise.all([import('@/scene/easel'), loadScene(), shown()]).then(([{ prepareEasel }]) => prepareEasel()).catch(() => undefined);
}
