import { COLOUR_MODES, type ColourMode } from '@/core/colouring';
import { BREAKS, type Breaks } from '@/core/tinting';
import { NOW, readClock, type Moment } from '@/core/moment';

export interface CameraPose {
  /** Where the eye is and what it looks at, metres, site-local. */
  eye: readonly [number, number, number];
  target: readonly [number, number, number];
}

/**
 * Height of a horizontal cut, a vertical one by bearing (degrees from north, clockwise) and offset, or a plane as a page needs it:
 * what lies beyond `normal . p = distance_m` (site-local) is cut away. The page that sets a plane keeps it in its own address.
 */
export type Section =
  | { kind: 'level'; height_m: number }
  | { kind: 'vertical'; bearing_deg: number; offset_m: number }
  | { kind: 'plane'; normal: readonly [number, number, number]; distance_m: number };

/** Everything that a link to a view brings back. */
export interface ViewState {
  site: string | null;
  /** When it is looked at; a link to the past opens the past. */
  moment: Moment;
  camera: CameraPose | null;
  colour: ColourMode;
  /** How a colouring by numbers parts them. */
  breaks: Breaks;
  isolated: readonly string[];
  picked: string | null;
  section: Section | null;
  /** X-ray the other way round than the colouring has it by itself. */
  xray: boolean;
  /** An isolated storey keeps its walls whole instead of cut at breast height. */
  fullWalls: boolean;
  peeled: readonly string[];
}

export const PLAIN_VIEW: ViewState = {
  site: null, moment: NOW, camera: null, colour: 'layer', breaks: 'quantile', isolated: [], picked: null, section: null, xray: false, fullWalls: false, peeled: [],
};

const round = (value: number): string => String(Math.round(value * 100) / 100);

export function writeView(view: ViewState): string {
  const out = new URLSearchParams();
  if (view.site) out.set('site', view.site);
  if (view.moment.at) out.set('at', view.moment.at);
  if (view.moment.known) out.set('known', view.moment.known);
  if (view.picked) out.set('pick', view.picked);
  if (view.colour !== PLAIN_VIEW.colour) out.set('colour', view.colour);
  if (view.breaks !== PLAIN_VIEW.breaks) out.set('breaks', view.breaks);
  if (view.isolated.length) out.set('only', view.isolated.join(','));
  if (view.peeled.length) out.set('peel', view.peeled.join(','));
  if (view.xray) out.set('xray', '1');
  if (view.fullWalls) out.set('walls', 'full');
  if (view.section?.kind === 'level') out.set('cut', `z,${round(view.section.height_m)}`);
  if (view.section?.kind === 'vertical') out.set('cut', `v,${round(view.section.bearing_deg)},${round(view.section.offset_m)}`);
  if (view.camera) out.set('eye', [...view.camera.eye, ...view.camera.target].map(round).join(','));
  return out.toString().replaceAll('%2C', ',');
}

function numbers(text: string | null, count: number): number[] | null {
  const parts = (text ?? '').split(',').map(Number);
  return text && parts.length === count && parts.every(Number.isFinite) ? parts : null;
}

function readSection(text: string | null): Section | null {
  const [kind, ...rest] = (text ?? '').split(',');
  if (kind === 'z') {
    const at = numbers(rest.join(','), 1);
    return at ? { kind: 'level', height_m: at[0] ?? 0 } : null;
  }
  if (kind === 'v') {
    const at = numbers(rest.join(','), 2);
    return at ? { kind: 'vertical', bearing_deg: at[0] ?? 0, offset_m: at[1] ?? 0 } : null;
  }
  return null;
}

/** Read a hash such as `#site=...&pick=...`; whatever is not understood is left at its plain value. */
export function readView(hash: string): ViewState {
  const from = new URLSearchParams(hash.replace(/^#\/?/, ''));
  const list = (name: string): string[] => (from.get(name) ?? '').split(',').filter(Boolean);
  const colour = COLOUR_MODES.find((mode) => mode === from.get('colour'));
  const eye = numbers(from.get('eye'), 6);
  return {
    site: from.get('site'),
    moment: { at: readClock(from.get('at')), known: readClock(from.get('known')) },
    camera: eye
      ? { eye: eye.slice(0, 3) as [number, number, number], target: eye.slice(3) as [number, number, number] }
      : null,
    colour: colour ?? PLAIN_VIEW.colour,
    breaks: BREAKS.find((how) => how === from.get('breaks')) ?? PLAIN_VIEW.breaks,
    isolated: list('only'),
    picked: from.get('pick'),
    section: readSection(from.get('cut')),
    xray: from.get('xray') === '1',
    fullWalls: from.get('walls') === 'full',
    peeled: list('peel'),
  };
}
