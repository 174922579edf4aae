import { expect, it } from 'vitest';
import { PLAIN_VIEW, readView, writeView, type ViewState } from '@/core/viewUrl';

const full: ViewState = {
  site: '330302-001-C',
  moment: { at: '2026-03-01T09:30:00+08:00', known: '2026-05-01' },
  camera: { eye: [1.25, -2.5, 3], target: [0, 0, 1.5] },
  colour: 'area', breaks: 'equal',
  isolated: ['330302-001-A02-F05-C'],
  picked: '330302-001-A02-F05-0512-C',
  section: { kind: 'vertical', bearing_deg: 90, offset_m: -2.5 },
  xray: true,
  fullWalls: true,
  peeled: ['ceiling', 'roof'],
};

it('a view survives its link', () => {
  expect(readView(`#${writeView(full)}`)).toEqual(full);
  const level: ViewState = { ...full, section: { kind: 'level', height_m: -1.2 } };
  expect(readView(writeView(level))).toEqual(level);
});

it('a plain view has an empty link', () => {
  expect(writeView(PLAIN_VIEW)).toBe('');
  expect(readView('')).toEqual(PLAIN_VIEW);
});

it.each(['#colour=nonsense', '#eye=1,2,3', '#eye=a,b,c,d,e,f', '#cut=z', '#cut=v,1', '#cut=q,1,2', '#xray=yes', '#at=yesterday', '#%E0%A4'])(
  'a broken link opens the plain view instead of failing: %s',
  (hash) => {
    expect(readView(hash)).toEqual(PLAIN_VIEW);
  },
);
