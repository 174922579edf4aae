import { computed, ref, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { ApiError } from '@/api/client';
import {
  applyPlan, assignInPlan, decidePlan, readPlan, revertPlan, solveAgain, submitPlan, unassignInPlan, withdrawPlan, type PlanDocument,
} from '@/api/plans';
import { useAnswer, type Answer } from '@/app/useAnswer';

/** A hand's change of a draft, with what undoes it. */
interface Edit {
  person: string;
  /** Where the draft placed them before; undefined for not at all. */
  before: string | null | undefined;
}

export interface PlanDraft extends Answer<PlanDocument> {
  busy: Ref<string | null>;
  problem: ShallowRef<ApiError | null>;
  canUndo: ComputedRef<boolean>;
  place(seats: readonly { person: string; room: string | null }[]): Promise<void>;
  undo(): Promise<void>;
  act(deed: string, word: string): Promise<void>;
}

/** A plan that is being worked on: each change is judged by the server and can be taken back. */
export function usePlanDraft(number: () => number): PlanDraft {
  const answer = useAnswer((signal) => readPlan(number(), signal));
  const busy = ref<string | null>(null);
  const problem: ShallowRef<ApiError | null> = ref(null);
  const edits = ref<Edit[][]>([]);

  async function change(what: string, deed: (plan: PlanDocument) => Promise<PlanDocument>): Promise<boolean> {
    const plan = answer.value.value;
    if (!plan || busy.value) return false;
    busy.value = what;
    problem.value = null;
    try {
      answer.value.value = await deed(plan);
      return true;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      problem.value = failure;
      if (failure.status === 412) answer.again(); // somebody was faster: show what they made of it
      return false;
    } finally {
      busy.value = null;
    }
  }

  async function place(seats: readonly { person: string; room: string | null }[]): Promise<void> {
    const now = answer.value.value;
    if (!now || seats.length === 0) return;
    const done: Edit[] = [];
    for (const { person, room } of seats) {
      const before = now.assignments.find((one) => one.person === person)?.to;
      if (!(await change('place', (plan) => assignInPlan(plan, person, room)))) break;
      done.push({ person, before });
    }
    if (done.length) edits.value.push(done);
  }

  /** Take the last change by hand back, all of it. */
  async function undo(): Promise<void> {
    const last = edits.value.at(-1);
    if (!last) return;
    for (const { person, before } of [...last].reverse()) {
      const isBack = await change('undo', (plan) => (before === undefined ? unassignInPlan(plan, person) : assignInPlan(plan, person, before)));
      if (!isBack) return;
      last.pop();
    }
    edits.value = edits.value.slice(0, -1);
  }

  async function act(deed: string, word: string): Promise<void> {
    const deeds: Record<string, (plan: PlanDocument) => Promise<PlanDocument>> = {
      solve: (plan) => solveAgain(plan, true),
      submit: (plan) => submitPlan(plan, 1),
      approve: (plan) => decidePlan(plan, 'approve', word),
      reject: (plan) => decidePlan(plan, 'reject', word),
      withdraw: (plan) => withdrawPlan(plan),
      apply: (plan) => applyPlan(plan),
      revert: (plan) => revertPlan(plan, word),
    };
    const found = deeds[deed];
    if (found && (await change(deed, found)) && deed === 'solve') edits.value = [];
  }

  return { ...answer, busy, problem, canUndo: computed(() => edits.value.length > 0), place, undo, act };
}
