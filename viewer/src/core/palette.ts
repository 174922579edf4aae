/**
 * Every colour that data may have. Categorical colours keep apart for the common kinds of colour
 * blindness (after Okabe & Ito and Paul Tol's "light"), muted so that a whole floor of them stays calm.
 */

export type Rgb = readonly [red: number, green: number, blue: number];

export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** For things that a colouring says nothing about. */
export const NEUTRAL: Rgb = rgb('#d5d8dc');
/** For a value that is missing. */
export const UNKNOWN: Rgb = rgb('#aeb4bb');
export const SELECTED: Rgb = rgb('#1f6feb');

export const CATEGORIES: readonly Rgb[] = [
  '#77aadd', '#ee8866', '#8fbf9f', '#eedd88', '#c9a2c8', '#99ddff', '#bbcc33', '#ffaabb',
  '#6fb7b0', '#d9a066', '#9aa5d9', '#aaaa00', '#c78f8f', '#7fc97f', '#b8a88a', '#8c9db5',
].map(rgb);

/** Light to dark, one hue path, readable as grey too. */
export const SEQUENCE: readonly Rgb[] = ['#e8f1c9', '#b9dcb8', '#83c3b4', '#55a3b0', '#3c7fa3', '#33588c'].map(rgb);

/** How a building looks when no question is asked of it, by layer. */
export const LAYERS: Readonly<Record<string, Rgb>> = {
  room: rgb('#dfe7ee'),
  wall: rgb('#eceae5'),
  opening: rgb('#a9c3d6'),
  slab: rgb('#d3d1cb'),
  ceiling: rgb('#f1f0ec'),
  roof: rgb('#9fa6ad'),
  structure: rgb('#c4c3be'),
  finish: rgb('#e4ddd0'),
  furniture: rgb('#c9b79c'),
  services: rgb('#7fa8c9'),
  site: rgb('#c3cfb6'),
  other: rgb('#d0d0d0'),
};

/** Pipe systems in the colours that drawings of this field use, softened (domain: GB/T 50106, GB 7231). */
export const SYSTEMS: Readonly<Record<string, Rgb>> = {
  JS: rgb('#4f9bd9'),
  WS: rgb('#8a6f4e'),
  YS: rgb('#5bb5b0'),
  XF: rgb('#d9574f'),
  RQ: rgb('#e0a92e'),
  RL: rgb('#c96a9c'),
  KT: rgb('#7fb069'),
  DL: rgb('#b0574a'),
  TX: rgb('#6f9e5a'),
};

/** Uses of rooms that have a colour of their own in every building. */
export const USES: Readonly<Record<string, Rgb>> = {
  办公室: rgb('#77aadd'),
  领导办公室: rgb('#4f7fc4'),
  服务用房: rgb('#8fbf9f'),
  设备用房: rgb('#b8a88a'),
  附属用房: rgb('#c9a2c8'),
  技术业务用房: rgb('#eedd88'),
};
