/** What a planner can ask for: which inputs each demand and wish takes, and the item of the request made of them. */

export const DEMANDS = ['close', 'move-in', 'grow', 'post', 'place', 'leave', 'merge'] as const;
export const WISHES = ['together', 'stay', 'pin', 'alone', 'accessible', 'secrecy', 'allow', 'forbid'] as const;
export type DemandKind = (typeof DEMANDS)[number];
export type WishKind = (typeof WISHES)[number];
export type Kind = DemandKind | WishKind;

/** Rooms, storeys or buildings; one of them is stated. */
export interface Place {
  rooms?: string[];
  storeys?: string[];
  buildings?: string[];
}
export interface Headcount {
  rank: string;
  count: number;
}
/** All inputs of the form; what a kind does not take is not read. */
export interface Inputs {
  persons: string[];
  units: string[];
  unit: string;
  name: string;
  organ: string;
  person: string;
  rank: string;
  people: Headcount[];
  place: Place | null;
  room: string;
  within: string;
  from: string;
  to: string;
  on: string;
  alone: boolean;
}
export type Field = 'who' | 'units' | 'unit' | 'newUnit' | 'into' | 'organ' | 'person' | 'rank' | 'people' | 'place' | 'room' | 'within' | 'span' | 'on' | 'alone';
export interface Item extends Record<string, unknown> {
  kind: Kind;
}

export const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  close: ['place', 'span'],
  'move-in': ['newUnit', 'organ', 'people', 'on'],
  grow: ['unit', 'people', 'on'],
  post: ['person', 'unit', 'rank', 'on'],
  place: ['who'],
  leave: ['who'],
  merge: ['units', 'into'],
  together: ['who', 'within'],
  stay: ['who'],
  pin: ['person', 'room'],
  alone: ['who'],
  accessible: ['who'],
  secrecy: ['who', 'place', 'alone'],
  allow: ['who', 'place'],
  forbid: ['who', 'place'],
};

export const ORGAN_CLASSES = ['中央', '省级', '市级', '县级', '乡级'] as const;
export const WITHIN = ['room', 'storey', 'building'] as const;

export const noInputs = (): Inputs => ({
  persons: [], units: [], unit: '', name: '', organ: '', person: '', rank: '', people: [], place: null, room: '', within: 'storey', from: '', to: '', on: '', alone: false,
});

/** Ids as people write them: parted by blanks, commas or marks of a Chinese list, each once. */
export const readIds = (text: string): string[] => [...new Set(text.split(/[\s,，、;；]+/).filter(Boolean))];

/** Make an item of the request; null while something that it needs is missing. */
export function makeItem(kind: Kind, given: Inputs): Item | null {
  const day = (name: string, value: string): Record<string, string> => (value ? { [name]: value } : {});
  const who = { ...(given.persons.length ? { persons: [...given.persons] } : {}), ...(given.units.length ? { units: [...given.units] } : {}) };
  const isSomebody = given.persons.length + given.units.length > 0;
  const people = given.people.map(({ rank, count }) => ({ rank, count }));
  switch (kind) {
    case 'close':
      return given.place ? { kind, ...given.place, ...day('from', given.from), ...day('to', given.to) } : null;
    case 'move-in':
      if (!given.unit || !people.length) return null;
      return { kind, unit: given.unit, ...(given.name ? { name: given.name } : {}), ...(given.organ ? { organ_class: given.organ } : {}), people, ...day('on', given.on) };
    case 'grow':
      return given.unit && people.length ? { kind, unit: given.unit, people, ...day('on', given.on) } : null;
    case 'post':
      return given.person && given.unit && given.rank ? { kind, person: given.person, unit: given.unit, rank: given.rank, ...day('on', given.on) } : null;
    case 'merge':
      return given.units.length > 1 && given.unit ? { kind, units: [...given.units], into: given.unit } : null;
    case 'pin':
      return given.person && given.room ? { kind, person: given.person, room: given.room } : null;
    case 'together':
      return isSomebody ? { kind, ...who, within: given.within } : null;
    case 'secrecy':
      return isSomebody && (given.place || given.alone) ? { kind, ...who, ...given.place, ...(given.alone ? { alone: true } : {}) } : null;
    case 'allow':
      return isSomebody && given.place ? { kind, ...who, ...given.place } : null;
    case 'forbid': // without people it is for everybody
      return given.place ? { kind, ...who, ...given.place } : null;
    default:
      return isSomebody ? { kind, ...who } : null;
  }
}

/** The parts of an item in words, for the list: whom, where, when. */
export function describeItem(item: Item, nameOf: { unit: (code: string) => string; place: (code: string) => string; rooms: (n: number) => string; within: (what: string) => string }): string {
  const texts: string[] = [];
  const list = (key: string): string[] => (Array.isArray(item[key]) ? (item[key] as string[]) : []);
  const text = (key: string): string => (typeof item[key] === 'string' ? (item[key] as string) : '');
  if (text('person')) texts.push(text('person'));
  texts.push(...list('persons'), ...list('units').map(nameOf.unit));
  if (text('unit')) texts.push(text('name') || nameOf.unit(text('unit')));
  if (text('into')) texts.push(`→ ${nameOf.unit(text('into'))}`);
  if (text('rank')) texts.push(text('rank'));
  if (Array.isArray(item['people'])) texts.push(...(item['people'] as Headcount[]).map((one) => `${one.rank} × ${one.count}`));
  const rooms = list('rooms');
  if (rooms.length) texts.push(nameOf.rooms(rooms.length));
  texts.push(...list('storeys').map(nameOf.place), ...list('buildings').map(nameOf.place));
  if (text('room')) texts.push(`→ ${text('room')}`);
  if (text('within')) texts.push(nameOf.within(text('within')));
  if (text('on')) texts.push(text('on'));
  if (text('from') || text('to')) texts.push(`${text('from')}–${text('to')}`);
  return texts.join(' · ');
}
