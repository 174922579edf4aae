/** Sets of rooms that a planner keeps by name, on this machine. */

export interface Kept<T> {
  name: string;
  value: T;
}

/** Read what was kept; whatever is not of the right form is left out. */
export function readKept<T>(text: string | null, isRight: (value: unknown) => value is T): Kept<T>[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '[]');
  } catch {
    return []; // not ours: another program's, or cut off
  }
  if (!Array.isArray(found)) return [];
  return found.filter((one: unknown): one is Kept<T> => typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string' && 'value' in one && isRight(one.value));
}

/** Keep something under a name; the same name is written over. */
export function keep<T>(all: readonly Kept<T>[], name: string, value: T): Kept<T>[] {
  return [...all.filter((one) => one.name !== name), { name, value }].sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'));
}

export const isCodes = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string');
