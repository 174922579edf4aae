/** The state of the field page: what is kept here, what waits, and the exchange with the server. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue';
import { all, ApiError, get, request } from '@/api/client';
import type { Item } from '@/api/types';
import { useReader } from '@/app/reader';
import { lineOf } from '@/app/refusals';
import { afterwards, isSameCode, toSend, type Deed, type Queued } from '@/core/fieldWork';
import { forget, forgetAll, keep, readAll } from '@/pages/field/fieldStore';
import type { FieldPack, Order, PackItem, Round, SyncOutcome } from '@/pages/field/types';

const OWNER = 'fangma.field.owner';
const AGAIN_MS = 30_000;

export interface Field {
  packs: ShallowRef<FieldPack[]>;
  queue: ShallowRef<Queued[]>;
  isOnline: Ref<boolean>;
  isSending: Ref<boolean>;
  isReady: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  owner: ComputedRef<string>;
  orders: ComputedRef<Order[]>;
  rounds: ComputedRef<Round[]>;
  find: (code: string) => PackItem | null;
  inRoom: (code: string) => PackItem[];
  ordersAt: (code: string) => Order[];
  buildings: () => Promise<Item[]>;
  take: (building: string) => Promise<void>;
  drop: (building: string) => Promise<void>;
  add: (deed: Deed, title: string, photos?: Blob[]) => Promise<void>;
  discard: (key: string) => Promise<void>;
  send: () => Promise<void>;
}

export function useField(): Field {
  const reader = useReader();
  const packs: ShallowRef<FieldPack[]> = shallowRef([]);
  const queue: ShallowRef<Queued[]> = shallowRef([]);
  const isOnline = ref(navigator.onLine);
  const isSending = ref(false);
  const isReady = ref(false);
  const error: ShallowRef<ApiError | null> = shallowRef(null);
  const owner = computed(() => reader.value?.name ?? localStorage.getItem(OWNER) ?? '');
  let turn = 0;

  async function load(): Promise<void> {
    const name = reader.value?.name;
    // What somebody else may see is not left lying about for the next one who signs in.
    if (name && localStorage.getItem(OWNER) !== name) {
      await forgetAll('packs');
      localStorage.setItem(OWNER, name);
    }
    packs.value = (await readAll('packs')).sort((a, b) => (a.name ?? '').localeCompare(b.name ?? ''));
    queue.value = (await readAll('queue')).sort((a, b) => a.turn - b.turn);
    turn = Math.max(0, ...queue.value.map((one) => one.turn));
    isReady.value = true;
    void send();
  }

  async function put(one: Queued): Promise<void> {
    await keep('queue', one);
    queue.value = [...queue.value.filter((other) => other.key !== one.key), one].sort((a, b) => a.turn - b.turn);
  }

  async function discard(key: string): Promise<void> {
    await forget('queue', key);
    queue.value = queue.value.filter((one) => one.key !== key);
  }

  async function add(deed: Deed, title: string, photos: Blob[] = []): Promise<void> {
    turn += 1;
    await put({ key: deed.key, owner: owner.value, turn, deed, title, photos, state: 'waiting', message: '' });
    void send();
  }

  /** Send photos one by one, each forgotten when it has arrived. */
  async function sendPhotos(one: Queued): Promise<void> {
    let left = one;
    for (const photo of one.photos) {
      await request(`api/orders/${one.key}/photos`, { method: 'POST', body: photo, headers: { 'Content-Type': photo.type } });
      left = { ...left, photos: left.photos.slice(1) };
      await put(left);
    }
    await discard(one.key);
  }

  async function exchange(): Promise<void> {
    let next = toSend(queue.value, owner.value);
    while (next.length) {
      const response = await request('api/field/sync', { method: 'POST', body: JSON.stringify({ items: next.map((one) => one.deed) }) });
      const { items } = (await response.json()) as { items: SyncOutcome[] };
      for (const outcome of items) {
        const one = next.find((other) => other.key === outcome.key);
        if (!one) continue;
        const after = afterwards(one, outcome);
        await (after ? put(after) : discard(one.key));
      }
      next = toSend(queue.value, owner.value);
    }
    for (const one of queue.value.filter((other) => other.state === 'photos' && other.owner === owner.value)) {
      try {
        await sendPhotos(one);
      } catch (failure) {
        if (!(failure instanceof ApiError) || failure.status === 0 || failure.status >= 500) throw failure;
        await put({ ...one, state: 'refused', message: lineOf(failure) });
      }
    }
  }

  async function send(): Promise<void> {
    if (isSending.value || !navigator.onLine || !owner.value || !reader.value) return;
    isSending.value = true;
    error.value = null;
    try {
      const had = toSend(queue.value, owner.value).length > 0;
      await exchange();
      if (had) await Promise.all(packs.value.map((pack) => take(pack.building)));
      isOnline.value = true;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      if (failure.status === 0) isOnline.value = false;
      else error.value = failure;
    } finally {
      isSending.value = false;
    }
  }

  async function take(building: string): Promise<void> {
    const pack = await get<FieldPack>('api/field/pack', { building });
    await keep('packs', pack);
    packs.value = [...packs.value.filter((one) => one.building !== pack.building), pack];
  }

  async function drop(building: string): Promise<void> {
    await forget('packs', building);
    packs.value = packs.value.filter((one) => one.building !== building);
  }

  const find = (code: string): PackItem | null => packs.value.flatMap((pack) => pack.items).find((item) => isSameCode(item.code, code)) ?? null;
  const inRoom = (code: string): PackItem[] => packs.value.flatMap((pack) => pack.items).filter((item) => item.room === code);
  const orders = computed(() => packs.value.flatMap((pack) => pack.orders));
  const rounds = computed(() => [...new Map(packs.value.flatMap((pack) => pack.rounds).map((round) => [round.id, round])).values()]);
  const ordersAt = (code: string): Order[] => orders.value.filter((order) => order.code === code || find(order.code)?.room === code);

  function noteLine(): void {
    isOnline.value = navigator.onLine;
    if (navigator.onLine) void send();
  }
  addEventListener('online', noteLine);
  addEventListener('offline', noteLine);
  const timer = setInterval(() => {
    if (queue.value.some((one) => one.state === 'waiting' || one.state === 'photos')) void send();
  }, AGAIN_MS);
  onScopeDispose(() => {
    removeEventListener('online', noteLine);
    removeEventListener('offline', noteLine);
    clearInterval(timer);
  });
  watch(reader, () => void send());
  void load();

  return {
    packs, queue, isOnline, isSending, isReady, error, owner, orders, rounds, find, inRoom, ordersAt, take, drop, add, discard, send,
    buildings: () => all<Item>('api/items', { kind: 'building' }),
  };
}
