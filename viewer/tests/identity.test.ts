import { describe, expect, it } from 'vitest';
import { byWeight, doubtOf, frameOf, hangsOn, linesOf, OUTCOMES, pathOfLines, standingDecisions, tintByOutcome, type Outcome } from '@/core/identity';
import { FeatureTable } from '@/core/features';
import { columns } from './features.fixture';

const titles = Object.fromEntries(OUTCOMES.map((one) => [one, one])) as Record<Outcome, string>;

describe('what an import changed', () => {
  it('is coloured by outcome, what stayed is left alone, and what has no body still counts', () => {
    const table = new FeatureTable(columns([{ ordinal: 1, code: 'A', kind: 'room' }, { ordinal: 2, kind: 'element' }]));
    const code = table.codeOfRow(1) ?? '';
    const { legend, entryOfRow } = tintByOutcome(table, [
      { outcome: 'changed', code },
      { outcome: 'retired', code: 'no such code' },
      { outcome: 'unheard of', code },
    ], titles);
    const row = table.rowOfCode(code);
    expect(legend[entryOfRow[row] ?? -1]?.key).toBe('changed');
    expect([...entryOfRow].filter((entry) => entry >= 0)).toHaveLength(1);
    expect(legend.find((one) => one.key === 'retired')?.count).toBe(1);
  });
});

describe('outlines side by side', () => {
  const square = { type: 'Polygon', coordinates: [[[10, 20], [14, 20], [14, 23], [10, 23], [10, 20]]] };
  it('share one frame, north up', () => {
    const lines = linesOf(square);
    const frame = frameOf([...lines, ...linesOf({ type: 'LineString', coordinates: [[12, 21], [18, 21]] })]);
    expect(frame?.size).toBe(8);
    expect(frame?.origin).toEqual([10, 23]);
    const [x, y, width, height] = (frame?.viewBox ?? '').split(' ').map(Number);
    expect([x, y, width, height]).toEqual([-0.64, -0.64, 9.28, 4.28]);
    expect(pathOfLines(lines, true, frame?.origin)).toBe('M0.000,3.000L4.000,3.000L4.000,0.000L0.000,0.000L0.000,3.000Z');
    expect(pathOfLines(lines)).toBe('M10.000,-20.000L14.000,-20.000L14.000,-23.000L10.000,-23.000L10.000,-20.000Z');
  });
  it('are nothing where there is none', () => {
    expect(linesOf(null)).toEqual([]);
    expect(linesOf({ type: 'Point', coordinates: [1, 2] })).toEqual([]);
    expect(frameOf([])).toBeNull();
  });
});

it('tells what hangs on a thing: few people uncounted, findings only to who may know them', () => {
  const nothing = { people: 0, sensors: 0, orders: 0, leases: 0, ledger: 0, alarms: 0, findings: null };
  expect(hangsOn(nothing)).toEqual([]);
  expect(hangsOn({ ...nothing, people: null, findings: 2 })).toEqual([
    { what: 'people', count: '1–2' },
    { what: 'findings', count: 2 },
  ]);
});

it('puts first what somebody has to look at, and rooms before walls', () => {
  const told = (outcome: string, kind: string, code: string | null): { outcome: string; kind: string; code: string | null } => ({ outcome, kind, code });
  const items = [told('retired', 'element', null), told('changed', 'element', null), told('changed', 'device', 'D'), told('added', 'room', 'B'), told('changed', 'room', 'A'), told('review', 'room', 'Q')];
  expect(byWeight(items).map((one) => `${one.outcome} ${one.code ?? one.kind}`)).toEqual(['review Q', 'changed A', 'changed D', 'changed element', 'added B', 'retired element']);
});

it('knows the doubts of an import, and leaves others to stand as they are', () => {
  expect(doubtOf('partly the same outline')).toEqual({ key: 'outline', count: 1 });
  expect(doubtOf('12 that nothing tells apart at one place')).toEqual({ key: 'alike', count: 12 });
  expect(doubtOf('the same name, another number, and no outline; in this order')).toEqual({ key: 'renumbered', count: 1 });
  expect(doubtOf('something of a later version')).toBeNull();
});

it('offers each decision that still holds once, newest first', () => {
  const entry = (revision: number, decision: string | null, undone = false): { revision: number; decision: string | null; undone: boolean; recorded_at: null } => ({ revision, decision, undone, recorded_at: null });
  const history = [entry(3, null), entry(4, 'renumber'), entry(7, 'split', true), entry(9, 'swap'), entry(9, 'swap')];
  expect(standingDecisions(history).map((one) => one.revision)).toEqual([9, 4]);
});
