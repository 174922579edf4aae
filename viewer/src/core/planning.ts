/** A reallocation plan on its way: what each room is at a step of the order of moves. */
import type { Colouring } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { MOVE_COLOURS, NEUTRAL } from '@/core/palette';
import { colouringOf, type Class, type Pattern } from '@/core/tinting';

export interface MoveLike {
  step: number;
  person?: string | null;
  unit: string;
  from: string | null;
  to: string | null;
}

export const STAGES = ['waiting', 'moving', 'done', 'kept'] as const;
export type MoveStage = (typeof STAGES)[number];

const LOOKS: Readonly<Record<MoveStage, { colour: keyof typeof MOVE_COLOURS; pattern: Pattern }>> = {
  waiting: { colour: 'left', pattern: 1 },
  moving: { colour: 'changed', pattern: 2 },
  done: { colour: 'filled', pattern: 0 },
  kept: { colour: 'kept', pattern: 0 },
};

export function lastStep(moves: readonly MoveLike[]): number {
  return moves.reduce((most, move) => Math.max(most, move.step), 0);
}

/** How far every room that a plan touches is after a step; 0 is before the first. */
export function stagesAt(moves: readonly MoveLike[], step: number): Map<string, MoveStage> {
  const touched = new Map<string, { done: number; all: number }>();
  for (const move of moves) {
    for (const room of [move.from, move.to]) {
      if (!room) continue;
      const counts = touched.get(room) ?? { done: 0, all: 0 };
      counts.all += 1;
      if (move.step <= step) counts.done += 1;
      touched.set(room, counts);
    }
  }
  return new Map([...touched].map(([room, { done, all }]) => [room, done === 0 ? 'waiting' : done === all ? 'done' : 'moving']));
}

/** The scene coloured by how far the plan is. */
export function tintByStage(features: FeatureTable, stages: ReadonlyMap<string, MoveStage>, titles: Readonly<Record<MoveStage, string>>): Colouring {
  const classes = STAGES.map((stage): Class => ({ key: stage, title: titles[stage], colour: MOVE_COLOURS[LOOKS[stage].colour] ?? NEUTRAL, pattern: LOOKS[stage].pattern }));
  return colouringOf('tint', features, classes, features.rooms.map((row) => [row, STAGES.indexOf(stages.get(features.codeOfRow(row) ?? '') ?? 'kept')] as const));
}

export interface MergeConflict {
  person: string;
  left: string | null;
  right: string | null;
  /** Which of the two the draft follows now; null for neither. */
  holds: 'left' | 'right' | null;
  /** Whether somebody has placed them by hand since the plans were merged. */
  isDecided: boolean;
}

/** Whom the two plans that a draft was merged from place differently, those not decided first. */
export function conflictsOf(plan: {
  conflicts: readonly { person: string; present: string | null; left: string | null; right: string | null }[];
  assignments: readonly { person: string; to: string | null }[];
  events: readonly { action: string; detail: Readonly<Record<string, unknown>> }[];
}): MergeConflict[] {
  const places = new Map(plan.assignments.map((one) => [one.person, one.to]));
  const decided = new Set(plan.events.filter((event) => event.action === 'edit').map((event) => event.detail['person']));
  return plan.conflicts
    .map(({ person, present, left, right }): MergeConflict => {
      // Who is put back where they sit is no longer among those whom the plan places.
      const to = places.has(person) ? places.get(person) : present;
      return { person, left, right, holds: to === left ? 'left' : to === right ? 'right' : null, isDecided: decided.has(person) };
    })
    .sort((a, b) => Number(a.isDecided) - Number(b.isDecided) || (a.person < b.person ? -1 : 1));
}

/** What can be done with a plan, by whom: the server judges again. */
export function deedsOf(plan: { status: string; author: string; approved_by: readonly string[] }, reader: { name: string; roles: readonly string[] }): string[] {
  const plans = reader.roles.includes('planner');
  const hadHand = plan.author === reader.name;
  const decides = !hadHand && !plan.approved_by.includes(reader.name) && ['auditor', 'leader', 'planner'].some((role) => reader.roles.includes(role));
  switch (plan.status) {
    case 'draft': return plans ? ['solve', 'submit', 'withdraw'] : [];
    case 'submitted': return [...(decides ? ['approve', 'reject'] : []), ...(plans && hadHand ? ['withdraw'] : [])];
    case 'approved': return plans ? ['apply', 'withdraw'] : [];
    case 'applied': return plans ? ['revert'] : [];
    default: return [];
  }
}
