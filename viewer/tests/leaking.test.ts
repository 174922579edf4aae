import { describe, expect, it } from 'vitest';
import type { LeakAnswer } from '@/api/pipes';
import { candidatesOf, colourLeaks, reasonOf, strengthOf, stretchesOf } from '@/core/leaking';
import { FeatureTable } from '@/core/features';
import { columns } from './features.fixture';

const ANSWER: Pick<LeakAnswer, 'suspects' | 'segments'> = {
  suspects: [
    { code: 'P1', kind: 'pipe', system: 'JS', score: 0.4, zone: 0, reasons: [], because: [{ why: 'wet', of: 'R-1', distance_m: 0.5, loss_m3h: null }] },
    { code: null, kind: 'pipe', system: 'JS', score: 0.3, zone: 0, reasons: [], because: [] },
    { code: 'P2', kind: 'pipe', system: 'JS', score: 0.1, zone: 0, reasons: [], because: [] },
  ],
  segments: [{ codes: ['P9', 'P2'], share: 0.7, valves: ['V1'], reasons: [], because: [{ why: 'zone', of: null, distance_m: null, loss_m3h: 0.24 }] }],
};

describe('leaks', () => {
  it('are told by reasons that can be said in any language, each with its values', () => {
    const none = { of: null, distance_m: null, loss_m3h: null };
    expect(reasonOf({ ...none, why: 'dry', of: 'A01-leak', distance_m: 0 })).toEqual({ why: 'dry', of: 'A01-leak', distance_m: 0 });
    expect(reasonOf({ ...none, why: 'pressure' })).toEqual({ why: 'pressure' });
    expect(reasonOf({ ...none, why: 'against' })).toEqual({ why: 'against' });
    expect(candidatesOf(ANSWER)[0]?.reasons).toEqual([{ why: 'wet', of: 'R-1', distance_m: 0.5 }]);
    expect(stretchesOf(ANSWER)[0]?.reasons).toEqual([{ why: 'zone', loss: '0.240' }]);
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
    const [one, other] = Array.from({ length: table.rows }, (_, row) => table.codeOfRow(row)).filter((code) => code !== null);
    const candidate = { rank: 1, code: one ?? '', system: 'JS', kind: 'pipe', share: 0.4, strength: 1, reasons: [] };
    const stretch = { rank: 1, share: 1, codes: [one ?? '', other ?? ''], valves: [other ?? ''], first: null, reasons: [] };
    const colouring = colourLeaks(table, { candidates: [candidate], stretch, wet: [] }, (key) => key);
    const keyOf = (code: string | undefined): string | undefined => colouring.legend[colouring.entryOfRow[table.rowOfCode(code ?? '')] ?? -1]?.key;
    expect([keyOf(one), keyOf(other)]).toEqual(['strong', 'valve']);
    expect(colouring.legend.reduce((sum, entry) => sum + entry.count, 0)).toBe(2);
  });

  it('count a wet room and see through it, since it would hide the pipes; what is small keeps its colour', () => {
    const table = new FeatureTable(columns([{ ordinal: 1, code: 'R', kind: 'room' }, { ordinal: 2, code: 'D', kind: 'device' }]));
    const { legend, entryOfRow } = colourLeaks(table, { candidates: [], stretch: null, wet: ['R', 'R', 'D'] }, (key) => key);
    expect([...entryOfRow].slice(1).map((entry) => legend[entry]?.key)).toEqual([undefined, 'wet']);
    expect(legend.find(({ key }) => key === 'wet')).toMatchObject({ count: 2, pattern: 1 });
  });
});
