/** What this phone keeps: packs of buildings, and what is not sent yet. IndexedDB, so that it outlives the page. */
import type { Queued } from '@/core/fieldWork';
import type { FieldPack } from '@/pages/field/types';

const NAME = 'fangma-field';
const STORES = { packs: 'building', queue: 'key' } as const;
type StoreName = keyof typeof STORES;
type Kept<S extends StoreName> = S extends 'packs' ? FieldPack : Queued;

let opened: Promise<IDBDatabase> | null = null;

function settled<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('IndexedDB'));
  });
}

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) asked.result.createObjectStore(name, { keyPath });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => {
      opened = null;
      reject(asked.error ?? new Error('IndexedDB'));
    };
  });
  return opened;
}

async function inStore<T>(name: StoreName, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(name, mode);
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB'));
  });
  const result = await settled(act(transaction.objectStore(name)));
  // Acknowledged only when it is on disk.
  await done;
  return result;
}

export const readAll = <S extends StoreName>(name: S): Promise<Kept<S>[]> => inStore(name, 'readonly', (store) => store.getAll() as IDBRequest<Kept<S>[]>);
export const keep = async <S extends StoreName>(name: S, value: Kept<S>): Promise<void> => void (await inStore(name, 'readwrite', (store) => store.put(value)));
export const forget = async (name: StoreName, key: string): Promise<void> => void (await inStore(name, 'readwrite', (store) => store.delete(key)));
export const forgetAll = async (name: StoreName): Promise<void> => void (await inStore(name, 'readwrite', (store) => store.clear()));
