import { useKeyboard } from '@/app/useKeyboard';
import type { Compound } from '@/app/useCompound';
import { COLOUR_MODES } from '@/core/colouring';
import { cutHeight } from '@/core/storeys';

/** Show a first horizontal cut, or take the section away. */
export function toggleSection(compound: Compound): void {
  const { view } = compound;
  if (view.section) {
    view.section = null;
    return;
  }
  const storeys = compound.scene.value?.buildings.flatMap((building) => building.storeys) ?? [];
  view.section = { kind: 'level', height_m: cutHeight(storeys, compound.isolatedStorey.value, compound.bounds.value) };
}

/** See the picked thing, else the isolated place, else everything. */
export function fitScene(compound: Compound): void {
  if (compound.pickedRow.value) compound.flyToPicked();
  else if (compound.view.isolated.length) compound.isolate(compound.view.isolated);
  else compound.fitAll();
}

/** The keys of a scene, on every page that shows it. */
export function useSceneKeys(compound: Compound): void {
  const { view, commands, isMeasuring } = compound;
  useKeyboard({
    f: () => { fitScene(compound); },
    home: () => { compound.fitAll(); },
    x: () => (view.xray = !view.xray),
    s: () => { toggleSection(compound); },
    c: () => (view.fullWalls = !view.fullWalls),
    m: () => (isMeasuring.value = !isMeasuring.value),
    h: () => { compound.hidePicked(); },
    t: () => commands.value?.above(),
    r: () => { compound.showAll(); },
    arrowleft: () => commands.value?.orbit(-0.12, 0),
    arrowright: () => commands.value?.orbit(0.12, 0),
    arrowup: () => commands.value?.orbit(0, 0.1),
    arrowdown: () => commands.value?.orbit(0, -0.1),
    'shift+w': () => commands.value?.pan(0, 0.08),
    'shift+s': () => commands.value?.pan(0, -0.08),
    'shift+a': () => commands.value?.pan(-0.08, 0),
    'shift+d': () => commands.value?.pan(0.08, 0),
    '+': () => commands.value?.zoom(0.85),
    '=': () => commands.value?.zoom(0.85),
    '-': () => commands.value?.zoom(1.18),
    ...Object.fromEntries(COLOUR_MODES.map((mode, i) => [String(i + 1), () => (view.colour = mode)])),
  });
}
