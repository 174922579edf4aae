/** Let the page open without a network: a worker keeps the files that it was made of. */
import { address } from '@/api/client';

export async function keepPage(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(address('field-worker.js'), { scope: address('field') });
    const registration = await navigator.serviceWorker.ready;
    // What was loaded before the worker stood here did not pass through it.
    const files = performance.getEntriesByType('resource').map((entry) => entry.name);
    registration.active?.postMessage({ keep: [address('field'), ...files] });
  } catch (failure) {
    if (failure instanceof DOMException || failure instanceof TypeError) return; // not over https, or storage is refused: online only
    throw failure;
  }
}
