import { describe, expect, it } from 'vitest';
import { FeatureTable } from '@/core/features';
import { conflictsOf, deedsOf, lastStep, stagesAt, tintByStage } from '@/core/planning';
import { seat, stack } from '@/core/stacking';
import { columns } from './features.fixture';

const move = (step: number, from: string | null, to: string | null) => ({ step, person: `P${step}`, unit: 'D1', from, to });

describe('a plan on its way', () => {
  const moves = [move(1, 'A', 'B'), move(2, 'A', 'C'), move(3, null, 'C')];

  it('leaves a room waiting, then moving, then done, in the order of moves', () => {
    expect([0, 1, 2, 3].map((step) => stagesAt(moves, step).get('A'))).toEqual(['waiting', 'moving', 'done', 'done']);
    expect([0, 1, 2, 3].map((step) => stagesAt(moves, step).get('C'))).toEqual(['waiting', 'waiting', 'moving', 'done']);
    expect(lastStep(moves)).toBe(3);
    expect(lastStep([])).toBe(0);
  });

  it('colours every room once, those that nothing happens to as kept', () => {
    const table = new FeatureTable(columns([{ ordinal: 1, code: 'A', kind: 'room' }, { ordinal: 2, code: 'Z', kind: 'room' }, { ordinal: 3, kind: 'element' }]));
    const { entryOfRow, legend } = tintByStage(table, stagesAt(moves, 0), { waiting: 'w', moving: 'm', done: 'd', kept: 'k' });
    expect([...entryOfRow]).toEqual([-1, 0, 3, -1]);
    expect(legend.map((entry) => entry.count)).toEqual([1, 0, 0, 1]);
  });

  it('is approved by others than its author, each once', () => {
    const plan = { status: 'submitted', author: 'wang', approved_by: ['li'] };
    expect(deedsOf(plan, { name: 'wang', roles: ['planner', 'leader'] })).toEqual(['withdraw']);
    expect(deedsOf(plan, { name: 'li', roles: ['leader'] })).toEqual([]);
    expect(deedsOf(plan, { name: 'zhao', roles: ['auditor'] })).toEqual(['approve', 'reject']);
    expect(deedsOf({ ...plan, status: 'draft' }, { name: 'zhao', roles: ['auditor'] })).toEqual([]);
  });
});

describe('two plans merged', () => {
  it('tells whom both place differently until somebody decides, those still open first', () => {
    const found = conflictsOf({
      conflicts: [
        { person: 'P1', present: 'B', left: 'A', right: 'B' }, { person: 'P2', present: null, left: 'C', right: null }, { person: 'P3', present: 'D', left: 'D', right: 'E' },
      ],
      assignments: [{ person: 'P2', to: 'C' }, { person: 'P3', to: 'X' }],
      events: [{ action: 'merge', detail: { left: 1, right: 2 } }, { action: 'edit', detail: { person: 'P1', room: 'B' } }],
    });
    expect(found.map((one) => [one.person, one.holds, one.isDecided])).toEqual([['P2', 'left', false], ['P3', null, false], ['P1', 'right', true]]);
  });
});

describe('a stack', () => {
  const room = (code: string, storey: string, area_m2: number, unit: string, people: string[] = []) => ({ room: code, storey, area_m2, unit, people });

  it('gathers a storey by unit, the largest first and the empty last', () => {
    const [upper, lower] = stack([room('1', 'F1', 90, ''), room('2', 'F1', 20, 'D2'), room('3', 'F1', 15, 'D1', ['P1']), room('4', 'F1', 15, 'D1', ['P2']), room('5', 'F2', 9, 'D1')], ['F2', 'F1']);
    expect(upper?.blocks.map((block) => block.unit)).toEqual(['D1']);
    expect(lower?.blocks.map((block) => [block.unit, block.area_m2, block.people.length])).toEqual([['D1', 30, 2], ['D2', 20, 0], ['', 90, 0]]);
    expect(lower?.area_m2).toBe(140);
  });

  it('seats a team together where it can, and nobody where not all fit', () => {
    expect(seat(['a', 'b', 'c'], [{ room: 'small', free: 1 }, { room: 'large', free: 2 }])).toEqual([{ person: 'a', room: 'large' }, { person: 'b', room: 'large' }, { person: 'c', room: 'small' }]);
    expect(seat(['a', 'b'], [{ room: 'small', free: 1 }])).toBeNull();
    expect(seat([], [])).toEqual([]);
  });
});
