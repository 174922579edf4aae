import { shallowRef } from 'vue';

/**
 * There is one scene for all pages, since its tiles and its GPU memory outlive a page. Each page says with a
 * {@link SceneSlot} where it stands; the frame moves it there.
 */
const open: HTMLElement[] = [];

/** Where the scene stands now; null while no page shows it. */
export const place = shallowRef<HTMLElement | null>(null);
/** Whether any page wanted the scene yet: three.js is not loaded before. */
export const wasWanted = shallowRef(false);

export function takePlace(element: HTMLElement): void {
  open.push(element);
  wasWanted.value = true;
  place.value = element;
}

export function leavePlace(element: HTMLElement): void {
  open.splice(open.indexOf(element), 1);
  place.value = open.at(-1) ?? null;
}
