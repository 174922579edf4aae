import { describe, expect, it } from 'vitest';
import { byRule, excess, findingSteps, isOfBooks, roomsOf, subjectAt, type AuditLike } from '@/core/audits';
import { finish } from '@/core/steps';

const finding = (rule: string, room: string | null = null) => ({ rule, clause: '表3', message: '超', message_en: 'over', severity: 'violation', room });
const audit: AuditLike = {
  persons: [
    { person: 'P1', unit: 'D1', verdict: 'over', excess_m2: 16.1, rooms: [{ room: 'A', second: false }, { room: 'B', second: true }], findings: [finding('second-office', 'B'), finding('over-ceiling')] },
    { person: 'P2', unit: 'D2', verdict: 'within', excess_m2: 0, rooms: [{ room: 'B', second: false }], findings: [] },
    { person: 'P3', unit: 'D3', verdict: 'unknown', excess_m2: null, rooms: [], findings: [finding('unknown-rank')] },
  ],
  units: [
    { unit: 'D1', name: '局', judged_in: 'D1', verdict: 'over', findings: [finding('unit-total')] },
    { unit: 'D2', name: '处', judged_in: 'D1', verdict: 'within', findings: [] },
    { unit: 'D3', name: '院', judged_in: 'D3', verdict: 'within', findings: [] },
  ],
  rooms: [
    { room: 'A', building: 'H1', verdict: 'within', persons: ['P1'], units: [], findings: [] },
    { room: 'B', building: 'H2', verdict: 'over', persons: ['P2', 'P1'], units: [], findings: [finding('area-mismatch', 'B')] },
    { room: 'C', building: 'H2', verdict: 'within', persons: [], units: ['D3'], findings: [] },
  ],
  not_in_ledger: [],
};

describe('the book of an audit', () => {
  it('holds every finding once, with the building and unit to gather by', () => {
    const rows = finish(findingSteps(audit));
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map((row) => row.key)).size).toBe(5);
    expect(rows.map((row) => [row.rule, row.building, row.unit])).toEqual([
      ['second-office', 'H2', 'D1'], ['over-ceiling', 'H1', 'D1'], ['unknown-rank', null, 'D3'], ['unit-total', null, 'D1'], ['area-mismatch', 'H2', 'D2'],
    ]);
    expect(byRule([...rows, ...rows.slice(0, 1)])[0]).toEqual({ rule: 'second-office', count: 2 });
    expect(rows.filter((row) => isOfBooks(row.rule)).map((row) => row.id)).toEqual(['B']);
  });

  it('leads from a person, a unit with those judged in it, or a room to what they hold', () => {
    expect(roomsOf(audit, 'persons', 'P1')).toEqual(['A', 'B']);
    expect(roomsOf(audit, 'units', 'D1')).toEqual(['A', 'B']);
    expect(roomsOf(audit, 'units', 'D3')).toEqual(['C']);
    expect(roomsOf(audit, 'persons', 'nobody')).toEqual([]);
  });

  it('leads back from a room to the one over the ceiling, or to the unit', () => {
    expect(subjectAt(audit, 'persons', 'B')).toBe('P1');
    expect(subjectAt(audit, 'units', 'C')).toBe('D3');
    expect(subjectAt(audit, 'persons', 'C')).toBeNull();
    expect(subjectAt(audit, 'rooms', 'elsewhere')).toBeNull();
  });

  it('adds what people have too much, and sets nothing off', () => {
    expect(excess(audit)).toBeCloseTo(16.1);
  });
});
