import { shallowRef } from 'vue';

/** Why there is no scene though the model is here: the browser cannot draw it, its code did not come, or something else went wrong. */
export type SceneFault = { kind: 'webgl' } | { kind: 'code' | 'other'; text: string };

/** Of the one scene of all pages; null while nothing is wrong. Told by the place of the scene: panels lie over what is here. */
export const sceneFault = shallowRef<SceneFault | null>(null);

function hasWebgl2(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext(); // browsers give out a few only
  return context !== null;
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What it was that kept the scene from starting. */
export function faultOf(error: unknown): SceneFault {
  return hasWebgl2() ? { kind: 'other', text: textOf(error) } : { kind: 'webgl' };
}

/** Try once more: code that did not come is asked for anew with the page, as after a new version was installed. */
export function tryAgain(): void {
  if (sceneFault.value?.kind === 'code') location.reload();
  else sceneFault.value = null;
}
