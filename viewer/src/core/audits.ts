/** An audit as the rows of a book: who, where, by which rule. */
import { mapSteps, type Steps } from '@/core/steps';
import { isVerdict, type Verdict } from '@/core/verdicts';

export interface FindingLike {
  rule: string;
  clause: string;
  message: string;
  message_en: string;
  severity: string;
  room: string | null;
}

interface Judged {
  verdict: string;
  findings: readonly FindingLike[];
}

export interface AuditLike {
  persons: readonly (Judged & { person: string; unit: string; excess_m2: number | null; rooms: readonly { room: string; second: boolean }[] })[];
  units: readonly (Judged & { unit: string; name: string | null; judged_in: string })[];
  rooms: readonly (Judged & { room: string; building: string | null; persons: readonly string[]; units: readonly string[] })[];
  not_in_ledger: readonly string[];
}

export const SUBJECTS = ['persons', 'units', 'rooms'] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface FindingRow extends FindingLike {
  /** Unlike any other row's. */
  key: string;
  subject: Subject;
  /** Person, unit or room. */
  id: string;
  unit: string | null;
  building: string | null;
  verdict: Verdict;
}

/** Rules that set the books against one another and against the site (账账、账实、账证). */
const BOOK_RULES = new Set(['area-mismatch', 'use-mismatch', 'certificate', 'unknown-area', 'not-in-ledger']);

export function isOfBooks(rule: string): boolean {
  return BOOK_RULES.has(rule);
}

/** Every finding once for each whom it concerns, with unit and building to gather by. */
export function* findingSteps(audit: AuditLike): Steps<FindingRow[]> {
  const buildingOf = new Map(audit.rooms.map((row) => [row.room, row.building]));
  const unitOf = new Map(audit.persons.map((row) => [row.person, row.unit]));
  const rows: FindingRow[] = [];
  const add = (subject: Subject, id: string, judged: Judged, unit: string | null, room: string | null): void => {
    judged.findings.forEach((finding, i) => {
      rows.push({
        ...finding,
        key: `${subject}/${id}/${i}`,
        subject, id, unit,
        room: finding.room ?? room,
        building: buildingOf.get(finding.room ?? room ?? '') ?? null,
        verdict: isVerdict(judged.verdict) ? judged.verdict : 'unknown',
      });
    });
  };
  yield* mapSteps(audit.persons, (row) => {
    add('persons', row.person, row, row.unit, row.rooms[0]?.room ?? null);
  });
  for (const row of audit.units) add('units', row.unit, row, row.unit, null);
  yield* mapSteps(audit.rooms, (row) => {
    add('rooms', row.room, row, row.units[0] ?? unitOf.get(row.persons[0] ?? '') ?? null, row.room);
  });
  return rows;
}

/** How often each rule is broken, the most frequent first. */
export function byRule(rows: readonly FindingRow[]): { rule: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { rule } of rows) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, count]) => ({ rule, count })).sort((a, b) => b.count - a.count || a.rule.localeCompare(b.rule));
}

/** Codes of the rooms that something of the book stands for. */
export function roomsOf(audit: AuditLike, subject: Subject, id: string): string[] {
  if (subject === 'rooms') return [id];
  if (subject === 'persons') return audit.persons.find((row) => row.person === id)?.rooms.map((held) => held.room) ?? [];
  const judged = new Set(audit.units.filter((row) => row.unit === id || row.judged_in === id).map((row) => row.unit));
  const people = new Set(audit.persons.filter((row) => judged.has(row.unit)).map((row) => row.person));
  return audit.rooms.filter((row) => row.units.some((unit) => judged.has(unit)) || row.persons.some((person) => people.has(person))).map((row) => row.room);
}

/** What a room that was pointed at means in a list: itself, the first who holds it, or their unit. */
export function subjectAt(audit: AuditLike, subject: Subject, room: string): string | null {
  const row = audit.rooms.find((one) => one.room === room);
  if (!row) return null;
  if (subject === 'rooms') return room;
  if (subject === 'units') return row.units[0] ?? audit.persons.find((one) => one.person === row.persons[0])?.unit ?? null;
  // Of several holders the one over the ceiling is meant.
  const held = audit.persons.filter((one) => row.persons.includes(one.person) || one.rooms.some((holding) => holding.room === room));
  return (held.find((one) => one.verdict === 'over') ?? held[0])?.person ?? null;
}

/** Sum of what people have too much; one's lack never makes up for another's excess. */
export function excess(audit: AuditLike): number {
  return audit.persons.reduce((sum, row) => sum + (row.excess_m2 ?? 0), 0);
}
