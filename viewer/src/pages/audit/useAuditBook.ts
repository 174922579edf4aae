import { computed, ref, type ComputedRef, type Ref } from 'vue';
import { readAudit, type Audit, type AuditQuestion } from '@/api/audit';
import { useSharedCompound } from '@/app/reader';
import { useAnswer, type Answer } from '@/app/useAnswer';

export interface AuditBook extends Answer<Audit> {
  question: ComputedRef<AuditQuestion | null>;
  /** Why names are wanted; "" shows pseudonyms. */
  reason: Ref<string>;
}

/** The audit of the compound at the moment that all pages look at. */
export function useAuditBook(): AuditBook {
  const compound = useSharedCompound();
  const reason = ref('');
  const question = computed<AuditQuestion | null>(() =>
    compound.site.value ? { site: compound.site.value, standard: compound.standard.value || null, ...compound.moment.value } : null);
  const answer = useAnswer((signal) => (question.value ? readAudit(question.value, reason.value, signal) : null));
  return { ...answer, question, reason };
}
