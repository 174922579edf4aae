import { computed, nextTick, onBeforeUnmount, onMounted, watch, type ComputedRef } from 'vue';
import { replaceHash } from '@/app/routing';
import type { Compound } from '@/app/useCompound';
import { isSame } from '@/core/moment';
import { readView, writeView } from '@/core/viewUrl';

/** Keep the address a link to what the scene shows, on whatever page, and follow links that are pasted into it. */
export function useViewLink(compound: Compound): ComputedRef<string> {
  const { view, status } = compound;
  const link = computed(() => writeView({
    site: compound.site.value,
    moment: compound.moment.value,
    camera: compound.camera.value,
    colour: view.colour,
    breaks: view.breaks,
    isolated: view.isolated,
    picked: compound.picked.value?.code ?? null,
    section: view.section,
    xray: view.xray,
    fullWalls: view.fullWalls,
    peeled: view.peeled,
  }));
  let due = 0;
  let coloured = view.colour;
  const write = (): void => {
    if (status.value === 'ready' || status.value === 'idle') replaceHash(link.value);
  };
  watch(link, () => {
    clearTimeout(due);
    // The browser takes milliseconds to note an address, which colours need not wait for; whoever leaves for another page takes all else along at once.
    if (view.colour === coloured) write();
    else due = window.setTimeout(write);
    coloured = view.colour;
  });

  async function follow(): Promise<void> {
    clearTimeout(due); // what was pasted stands
    const wanted = readView(location.hash);
    if (writeView(wanted) === link.value) return;
    if (!isSame(wanted.moment, compound.moment.value)) await compound.travel(wanted.moment);
    if (wanted.site && wanted.site !== compound.site.value) await compound.choose(wanted.site);
    Object.assign(view, { colour: wanted.colour, breaks: wanted.breaks, isolated: [...wanted.isolated], section: wanted.section, xray: wanted.xray, fullWalls: wanted.fullWalls, peeled: [...wanted.peeled] });
    if (wanted.picked) await compound.pickCode(wanted.picked);
    if (!wanted.camera) return;
    await nextTick(); // what is shown alone moves the eye by itself
    compound.camera.value = wanted.camera; // where the scene is still to be made
    compound.commands.value?.look(wanted.camera);
  }

  onMounted(() => {
    addEventListener('hashchange', follow);
  });
  onBeforeUnmount(() => {
    clearTimeout(due);
    removeEventListener('hashchange', follow);
  });
  return link;
}
