/** A reallocation plan on its way: what each room is at a step of the order of moves. */
import type { Colouring, LegendEntry } from '@/core/colouring';
import type { FeatureTable } from '@/core/features';
import { MOVE_COLOURS, NEUTRAL } from '@/core/palette';
import type { Pattern } from '@/core/tinting';

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
  const entryOfRow = new Int16Array(features.rows).fill(-1);
  const legend: LegendEntry[] = STAGES.map((stage) => ({
    key: stage, title: titles[stage], colour: MOVE_COLOURS[LOOKS[stage].colour] ?? NEUTRAL, pattern: LOOKS[stage].pattern, count: 0, area_m2: 0,
  }));
  const isRoom = features.dictionaries.kind.indexOf('room');
  for (let row = 1; row < features.rows; row += 1) {
    if (features.columns.kind[row] !== isRoom) continue;
    const entry = STAGES.indexOf(stages.get(features.codeOfRow(row) ?? '') ?? 'kept');
    entryOfRow[row] = entry;
    const line = legend[entry];
    if (!line) continue;
    line.count += 1;
    const area = features.area(row);
    if (Number.isFinite(area)) line.area_m2 += area;
  }
  return { mode: 'tint', legend, entryOfRow, colourOfEntry: legend.map((one) => one.colour), patternOfEntry: legend.map((one) => one.pattern ?? 0) };
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
