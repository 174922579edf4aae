import type {
  Found, Item, Page, Problem, SceneDescription, SignedIn, Site, ThingFile, TreeNode, User,
} from '@/api/types';
import { readLines } from '@/core/lines';
import { NOW, type Moment } from '@/core/moment';

/** The server refused, or could not be reached (`status` 0). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
    this.name = 'ApiError';
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Told when the server no longer knows the session, so that the application can ask to sign in. */
export const session = new EventTarget();

/** Addresses are relative to the page, so that the application also works below a root path. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ''), document.baseURI).href;
}

async function readProblem(response: Response): Promise<Problem> {
  const plain: Problem = { status: response.status, code: 'http', message: response.statusText, remedy: '' };
  try {
    return { ...plain, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return plain; // a proxy's page, not ours
  }
}

/** Fetch with the session's cookie; every failure becomes an {@link ApiError}. */
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const method = options.method ?? 'GET';
  if (method !== 'GET') headers.set('X-Fangma-Request', '1');
  if (typeof options.body === 'string') headers.set('Content-Type', 'application/json');
  let response: Response;
  try {
    response = await fetch(address(path), { ...options, headers, credentials: 'same-origin' });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ status: 0, code: 'offline', message: String(cause), remedy: '' });
  }
  if (!response.ok) {
    const problem = await readProblem(response);
    if (response.status === 401 && method === 'GET') session.dispatchEvent(new Event('lost'));
    throw new ApiError(problem);
  }
  return response;
}

type Query = Record<string, string | number | null | undefined>;

/** Ask with a query; what is null is left out. */
export function ask(path: string, query: Query, signal?: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined) search.set(name, String(value));
  return request(search.size ? `${path}${path.includes('?') ? '&' : '?'}${search.toString()}` : path, { headers, ...(signal ? { signal } : {}) });
}

export async function get<T>(path: string, query: Record<string, string | number | null | undefined> = {}, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, query, signal)).json()) as T;
}

/** As {@link get}, for what may be tens of megabytes: it comes in lines, and the page stays awake while they are read. */
export async function getLarge<T extends object>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const answer = await ask(path, query, signal, { Accept: 'application/x-ndjson' });
  try {
    return await readLines<T>(answer.body ?? new ReadableStream());
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({ status: 0, code: 'offline', message: String(cause), remedy: '' });
  }
}

export async function all<T>(path: string, query: Record<string, string | number | null | undefined>): Promise<T[]> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const page: Page<T> = await get<Page<T>>(path, { ...query, next });
    items.push(...page.items);
    next = page.next;
  } while (next);
  return items;
}

/** The first rows of a list that may be too long to hold; `isWhole` tells whether that was all. */
export async function some<T>(path: string, query: Record<string, string | number | null | undefined>, most: number, signal?: AbortSignal): Promise<{ items: T[]; isWhole: boolean }> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const page: Page<T> = await get<Page<T>>(path, { ...query, limit: Math.min(1000, most - items.length), next }, signal);
    items.push(...page.items);
    next = page.next;
  } while (next && items.length < most);
  return { items, isWhole: next === null };
}

export async function signIn(user: string, password: string, code: string): Promise<User> {
  const body = JSON.stringify(code ? { user, password, code } : { user, password });
  const response = await request('api/session', { method: 'POST', body });
  return ((await response.json()) as SignedIn).user;
}

/** A display is opened once with its token behind `#device=`: it becomes this browser's cookie and leaves the address. */
async function becomeDevice(): Promise<User | null> {
  const token = /^#device=([\w-]+)$/.exec(location.hash)?.[1];
  if (!token) return null;
  const answer = await request('api/session/device', { method: 'POST', body: JSON.stringify({ token }) });
  const state = history.state as { current?: string } | null;
  history.replaceState({ ...state, current: state?.current?.replace(/#.*/, '') }, '', location.pathname + location.search);
  return (await answer.json()) as User;
}

export async function signOut(): Promise<void> {
  await request('api/session', { method: 'DELETE' });
}

/** Who is signed in; null for nobody. */
export async function whoAmI(): Promise<User | null> {
  try {
    return (await becomeDevice()) ?? (await get<User>('api/session'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export const listSites = async (moment: Moment): Promise<Site[]> => (await get<{ items: Site[] }>('api/sites', { ...moment })).items;
export const readTree = (site: string, moment: Moment): Promise<TreeNode> => get('api/tree', { site, ...moment });
export const readScene = (site: string, moment: Moment): Promise<SceneDescription> => get('api/scene', { site, ...moment });
export const readTileset = async (path: string): Promise<string> => (await request(path)).text();
export const readItem = (code: string, moment: Moment = NOW): Promise<ThingFile> => get(`api/items/${encodeURIComponent(code)}`, { ...moment });
export const readPick = (site: string, ordinal: number, moment: Moment): Promise<ThingFile> => get('api/pick', { site, ordinal, ...moment });
export const listRooms = (site: string, storey: string, moment: Moment): Promise<Item[]> => all('api/items', { kind: 'room', site, storey, limit: 500, ...moment });

export async function search(site: string, q: string, moment: Moment, signal: AbortSignal): Promise<Found[]> {
  return (await get<{ items: Found[] }>('api/search', { site, q, limit: 20, ...moment }, signal)).items;
}

/** A sheet of QR labels, as PDF. */
export async function printLabels(codes: string[]): Promise<Blob> {
  return (await request('api/labels', { method: 'POST', body: JSON.stringify({ codes }) })).blob();
}
