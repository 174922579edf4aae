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
/** For lines that only tell where things run, by day and by night. */
export const CONTEXT: Rgb = rgb('#949ca5');
/** For a value that is missing. */
export const UNKNOWN: Rgb = rgb('#aeb4bb');
export const SELECTED: Rgb = rgb('#1f6feb');

export const CATEGORIES: readonly Rgb[] = [
  '#77aadd', '#ee8866', '#8fbf9f', '#eedd88', '#c9a2c8', '#99ddff', '#bbcc33', '#ffaabb',
  '#6fb7b0', '#d9a066', '#9aa5d9', '#aaaa00', '#c78f8f', '#7fc97f', '#b8a88a', '#8c9db5',
].map(rgb);

/** Light to dark, one hue path, readable as grey too. */
export const SEQUENCE: readonly Rgb[] = ['#e8f1c9', '#b9dcb8', '#83c3b4', '#55a3b0', '#3c7fa3', '#33588c'].map(rgb);

/** Verdicts of the audit; their signs and patterns stand in `core/verdicts.ts` and `core/tinting.ts`. */
export const VERDICT_COLOURS: Readonly<Record<string, Rgb>> = { over: rgb('#d9622b'), unknown: rgb('#b3a8c6'), within: rgb('#8cc3cf') };
/** Of a plan: where somebody leaves, where somebody comes, where both happen. */
export const MOVE_COLOURS: Readonly<Record<string, Rgb>> = { left: rgb('#d9a066'), filled: rgb('#3c7fa3'), changed: rgb('#9a7fc0'), kept: rgb('#d5dde3') };

/** Of an answer about pipes: what was asked of, what a trace reached and where it ends, what is closed and goes dry. */
export const NETWORK_COLOURS: Readonly<Record<string, Rgb>> = {
  asked: rgb('#0b57d0'), reached: rgb('#2f9e94'), source: rgb('#2c7a50'), terminal: rgb('#a86fb0'), room: rgb('#c9a36b'), valve: rgb('#b3261e'), dry: rgb('#e6a700'), near: rgb('#d9822b'), looped: rgb('#5b4b9e'), deadEnd: rgb('#8a5a3c'), cutOff: rgb('#5f6670'),
};

/** How strongly a part is suspected of a leak: dark to light, readable as grey too; wet places in water's own colour. */
export const LEAK_COLOURS: Readonly<Record<string, Rgb>> = { strong: rgb('#b3261e'), middle: rgb('#e07b39'), weak: rgb('#f2c879'), stretch: rgb('#c9b8a8'), valve: rgb('#2c7a50'), wet: rgb('#77aadd') };

/** What the place of a pipe rests on: measured, read from drawings, guessed, taken from a building model. */
export const TUBE_COLOURS: Readonly<Record<string, Rgb>> = { surveyed: rgb('#2c7a50'), drawn: rgb('#d9a300'), guessed: rgb('#b3261e'), modelled: rgb('#3c7fa3') };

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

/** Pipe systems in the colours that drawings of this field use, softened (fangma.asset_registry.kinds). */
export const SYSTEMS: Readonly<Record<string, Rgb>> = {
  JS: rgb('#436ae1'),
  RS: rgb('#d178a1'),
  ZS: rgb('#7db1b2'),
  PS: rgb('#616161'),
  WS: rgb('#866e5a'),
  YS: rgb('#9e8c6d'),
  HS: rgb('#7d725e'),
  XF: rgb('#c04e60'),
  RQ: rgb('#c344a3'),
  RL: rgb('#ccad4e'),
  KT: rgb('#66b4d2'),
  FG: rgb('#9fbfcc'),
  DL: rgb('#e24444'),
  LD: rgb('#d5864a'),
  TX: rgb('#406f40'),
  RD: rgb('#6ea070'),
  JK: rgb('#789563'),
  GY: rgb('#ec9d4e'),
  ZH: rgb('#3a3a3a'),
  BM: rgb('#b1b1b1'),
  EQ: rgb('#808a9f'),
  SN: rgb('#9379be'),
  AS: rgb('#ae9583'),
};

/** The classes of room use and the finer uses below each (fangma.asset_registry.room_uses). */
const USE_CLASSES: Readonly<Record<string, { colour: Rgb; uses: readonly string[] }>> = {
  办公室: { colour: rgb('#8ab6dd'), uses: [] },
  领导办公室: { colour: rgb('#5b86c4'), uses: [] },
  服务用房: { colour: rgb('#93c3a4'), uses: ['会议室', '接待室', '档案室', '图书资料室', '信息网络用房', '机要保密室', '文印室', '收发室', '医务室', '值班室', '储藏室', '物业用房', '开水间', '卫生间', '休息室'] },
  设备用房: { colour: rgb('#bdae92'), uses: ['变配电室', '水泵房', '锅炉房', '空调机房', '通信机房', '电梯机房', '智能化机房'] },
  附属用房: { colour: rgb('#c6a6c9'), uses: ['食堂', '停车库', '警卫用房', '人防'] },
  技术业务用房: { colour: rgb('#e6d788'), uses: ['审讯室', '政务大厅', '实验室', '指挥中心'] },
  公共交通: { colour: rgb('#d9dde2'), uses: ['走廊', '楼梯', '电梯', '电梯厅', '前室', '门厅', '阳台'] },
};

/** Finer uses are shades of their class, so that a floor reads by class before it reads by use. */
export const USES: Readonly<Record<string, Rgb>> = Object.fromEntries(
  Object.entries(USE_CLASSES).flatMap(([name, { colour, uses }]) => [
    [name, colour] as const,
    ...uses.map((use, i) => [use, shade(colour, i, uses.length)] as const),
  ]),
);

/** Step from darker to lighter than the class's colour, with a turn of hue to tell neighbours apart. */
function shade([red, green, blue]: Rgb, index: number, count: number): Rgb {
  const along = count > 1 ? index / (count - 1) - 0.5 : 0;
  const turn = (index % 3) - 1;
  const keep = (value: number): number => Math.round(Math.min(250, Math.max(60, value)));
  return [keep(red + along * 46 + turn * 14), keep(green + along * 46), keep(blue + along * 46 - turn * 18)];
}
