import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEMANDS, FIELDS, WISHES, describeItem, makeItem, noInputs, readIds, type Inputs } from '@/core/planRequests';

interface Grammar { properties: Record<string, { const?: string }>; required?: string[] }
const schema = JSON.parse(readFileSync(new URL('../../docs/plan-request.schema.json', import.meta.url), 'utf8')) as { properties: Record<'demands' | 'wishes', { items: { oneOf: Grammar[] } }> };
const grammar = (part: 'demands' | 'wishes'): Map<string, Grammar> => new Map(schema.properties[part].items.oneOf.map((one) => [one.properties['kind']?.const ?? '', one]));

const all: Inputs = {
  persons: ['P1'], units: ['D1', 'D2'], unit: 'D3', name: '某局', organ: '市级', person: 'P2', rank: '局(处)级以下', people: [{ rank: '局(处)级以下', count: 3 }],
  place: { storeys: ['F1'] }, room: '305', within: 'room', from: '2027-01-01', to: '2027-03-31', on: '2027-02-01', alone: true,
};

describe('what a planner asks for', () => {
  it('offers every demand and wish that the server takes, and no other', () => {
    expect([...DEMANDS].sort()).toEqual([...grammar('demands').keys()].sort());
    expect([...WISHES].sort()).toEqual([...grammar('wishes').keys()].sort());
  });

  it('writes only what the grammar knows of each, with all that it needs', () => {
    for (const [kinds, known] of [[DEMANDS, grammar('demands')], [WISHES, grammar('wishes')]] as const) {
      for (const kind of kinds) {
        const item = makeItem(kind, all) ?? {};
        const rule = known.get(kind);
        for (const key of Object.keys(item)) expect(Object.keys(rule?.properties ?? {}), kind).toContain(key);
        for (const key of rule?.required ?? []) expect(Object.keys(item), kind).toContain(key);
        expect(FIELDS[kind].length).toBeGreaterThan(0);
      }
    }
  });

  it('makes nothing while something is missing', () => {
    for (const kind of [...DEMANDS, ...WISHES]) expect(makeItem(kind, noInputs()), kind).toBeNull();
    expect(makeItem('merge', { ...noInputs(), units: ['D1'], unit: 'D1' })).toBeNull();
    expect(makeItem('forbid', { ...noInputs(), place: { rooms: ['R'] } })).toEqual({ kind: 'forbid', rooms: ['R'] });
  });

  it('reads ids as people write them, each once', () => {
    expect(readIds(' P1，P2、P1\nP3; ')).toEqual(['P1', 'P2', 'P3']);
  });

  it('tells an item in one line', () => {
    const nameOf = { unit: (code: string) => `u${code}`, place: (code: string) => `p${code}`, rooms: (n: number) => `${n} r`, within: (what: string) => `in ${what}` };
    expect(describeItem({ kind: 'move-in', unit: 'D9', name: '新局', people: [{ rank: '科员', count: 2 }], on: '2027-02-01' }, nameOf)).toBe('新局 · 科员 × 2 · 2027-02-01');
    expect(describeItem({ kind: 'merge', units: ['1', '2'], into: '1' }, nameOf)).toBe('u1 · u2 · → u1');
    expect(describeItem({ kind: 'forbid', persons: ['P1'], storeys: ['F1'] }, nameOf)).toBe('P1 · pF1');
  });
});
