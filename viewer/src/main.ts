/** The entry: small, so that questions are under way before the application's code is here, or even the document. */
import { expectPage } from '@/app/expecting';

expectPage();
const parsed = new Promise<void>((resolve) => {
  if (document.readyState !== 'loading') resolve();
  else addEventListener('DOMContentLoaded', () => { resolve(); }, { once: true });
});
void parsed.then(() => import('@/app/start'));
