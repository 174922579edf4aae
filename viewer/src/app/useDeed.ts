import { ElMessage } from 'element-plus';
import 'element-plus/es/components/message/style/css';
import { ref, type Ref } from 'vue';
import { tellRefusal } from '@/app/refusals';

export interface Deed {
  isBusy: Ref<boolean>;
  /** Do something on the server, once at a time; null when it was refused, which the reader is told. */
  run: <T>(work: () => Promise<T>, done?: string) => Promise<T | null>;
}

/** What a button does: one at a time, with what the server says when it refuses. */
export function useDeed(): Deed {
  const isBusy = ref(false);
  async function run<T>(work: () => Promise<T>, done = ''): Promise<T | null> {
    if (isBusy.value) return null;
    isBusy.value = true;
    try {
      const answer = await work();
      if (done) ElMessage.success(done);
      return answer;
    } catch (failure) {
      tellRefusal(failure);
      return null;
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, run };
}
