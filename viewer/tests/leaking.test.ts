import { describe, expect, it } from 'vitest';
import type { LeakAnswer } from '@/api/pipes';
import { candidatesOf, colourLeaks, reasonOf, strengthOf, stretchesOf } from '@/core/leaking';
import { FeatureTable } from '@/core/features';
import { columns } from './features.fixture';

const ANSWER: Pick<LeakAnswer, 'suspects' | 'segments'> = {
  suspects: [
    { code: 'P1', kind: 'pipe', system: 'JS', score: 0.4, zone: 0, reasons: ['R-1 lies wet 0.5 m away'] },
    { code: null, kind: 'pipe', system: 'JS', score: 0.3, zone: 0, reasons: [] },
    { code: 'P2', kind: 'pipe', system: 'JS', score: 0.1, zone: 0, reasons: ['something new'] },
  ],
  segments: [{ codes: ['P9', 'P2'], share: 0.7, valves: ['V1'], reasons: ['its zone loses 0.240 m3/h at night'] }],
};

describe('leaks', () => {
  it('are told by reasons that can be said in any language, and unknown ones in their own words', () => {
    expect(reasonOf('330302-001-A01-B01-B101-P lies wet 2.2 m away')).toEqual({ why: 'wet', of: '330302-001-A01-B01-B101-P', distance_m: 2.2 });
    expect(reasonOf('A01-leak is dry 0.0 m away')).toEqual({ why: 'dry', of: 'A01-leak', distance_m: 0 });
    expect(reasonOf('its zone loses 0.240 m3/h at night')).toEqual({ why: 'zone', loss: '0.240' });
    expect(reasonOf('a leak here explains the drops of pressure')).toEqual({ why: 'pressure' });
    expect(reasonOf('the pressures speak against it')).toEqual({ why: 'against' });
    expect(reasonOf('moon')).toEqual({ why: 'words', words: 'moon' });
  });

  it('compare with the best of their answer; parts without a code are not offered', () => {
    expect(candidatesOf(ANSWER).map(({ rank, code, strength }) => [rank, code, strength])).toEqual([[1, 'P1', 1], [2, 'P2', 0.25]]);
    expect([1, 0.5, 0.1].map(strengthOf)).toEqual(['strong', 'middle', 'weak']);
    expect(candidatesOf({ suspects: [] })).toEqual([]);
  });

  it('begin a stretch at its likeliest part', () => {
    expect(stretchesOf(ANSWER)[0]).toMatchObject({ rank: 1, share: 0.7, first: 'P2', valves: ['V1'] });
  });

  it('colour each thing once: a valve to close stays a valve though it is suspected too', () => {
    const table = new FeatureTable(columns([{ ordinal: 1, code: 'P1' }, { ordinal: 2, code: 'V1' }, { ordinal: 3 }]));
    const [one, other] = table.codes.filter(Boolean);
    const candidate = { rank: 1, code: one ?? '', system: 'JS', kind: 'pipe', share: 0.4, strength: 1, reasons: [] };
    const stretch = { rank: 1, share: 1, codes: [one ?? '', other ?? ''], valves: [other ?? ''], first: null, reasons: [] };
    const colouring = colourLeaks(table, { candidates: [candidate], stretch, wet: [] }, (key) => key);
    const keyOf = (code: string | undefined): string | undefined => colouring.legend[colouring.entryOfRow[table.rowOfCode(code ?? '')] ?? -1]?.key;
    expect([keyOf(one), keyOf(other)]).toEqual(['strong', 'valve']);
    expect(colouring.legend.reduce((sum, entry) => sum + entry.count, 0)).toBe(2);
  });
});
