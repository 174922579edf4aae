import { ElMessage } from 'element-plus';
import 'element-plus/es/components/message/style/css';
import { ApiError } from '@/api/client';
import { currentLanguage, i18n } from '@/app/language';
import { tell, type Told } from '@/core/refusals';
import words from '@/locales/refusals.zh.json';

/** What a failed request says to its reader. */
export function toldOf(error: ApiError): Told {
  const { t } = i18n.global;
  if (error.status === 0) return { said: `${t('state.offline')} ${t('state.offlineRemedy')}`, original: '' };
  return tell(error.problem, currentLanguage(), words);
}

/** The same as one line, for notes that pass. */
export function lineOf(error: ApiError): string {
  const { said, original } = toldOf(error);
  return original ? `${said}（${original}）` : said;
}

/** Tell a refusal in a note that passes; anything else that was thrown goes on. */
export function tellRefusal(failure: unknown): void {
  if (!(failure instanceof ApiError)) throw failure;
  ElMessage.error({ message: lineOf(failure), duration: 10_000, showClose: true });
}
