/**
 * Work without a network: what was done waits in a queue, each thing under a key that this phone made, so
 * that the server takes it in once however often it is sent.
 */

export interface ReportDeed { kind: 'report'; key: string; code: string; fault: string; urgency: string; text: string; at: string }
export interface StepDeed { kind: 'step'; key: string; order: string; deed: string; note?: string; at: string }
export interface VisitDeed {
  kind: 'visit'; key: string; round: string; due_on: string; code: string; outcome: 'ok' | 'fault' | 'not_reached';
  found: Record<string, boolean | number>; note?: string; at: string; order?: string;
}
export type Deed = ReportDeed | StepDeed | VisitDeed;

export interface Queued {
  key: string;
  /** Whose work it is: somebody else who signs in on this phone does not send it. */
  owner: string;
  /** Place in the queue: what was done first is sent first. */
  turn: number;
  deed: Deed;
  /** What it is about, for the list. */
  title: string;
  /** Photos that are still to be sent, after the report itself. */
  photos: Blob[];
  state: 'waiting' | 'photos' | 'refused' | 'kept_as_note';
  message: string;
}

export interface Outcome { key: string; outcome: 'recorded' | 'already' | 'kept_as_note' | 'refused'; message: string | null; remedy: string | null }

/** As many as the server takes at a time. */
export const MOST_AT_ONCE = 100;

/** What is sent next, in the order in which it was done. */
export function toSend(queue: readonly Queued[], owner: string): Queued[] {
  return queue.filter((one) => one.owner === owner && one.state === 'waiting').sort((a, b) => a.turn - b.turn).slice(0, MOST_AT_ONCE);
}

/** What becomes of a thing when the server has answered; null = it may be forgotten here. */
export function afterwards(one: Queued, outcome: Outcome): Queued | null {
  const message = [outcome.message, outcome.remedy].filter(Boolean).join(' ');
  switch (outcome.outcome) {
    case 'recorded':
    case 'already':
      return one.photos.length ? { ...one, state: 'photos', message: '' } : null;
    case 'kept_as_note':
      return { ...one, state: 'kept_as_note', message };
    case 'refused':
      return { ...one, state: 'refused', message };
  }
}

const CODE = /\d{6}-?\d{3}(?:-?[0-9A-Z]{1,6}){0,3}-?[0-9A-Z]/i;

/** Find the code in what was scanned or typed: the address of a label, or the code itself. */
export function codeIn(text: string): string | null {
  const plain = text.trim();
  let part = plain;
  try {
    const url = new URL(plain);
    const path = url.pathname.split('/');
    const at = path.lastIndexOf('r');
    part = at >= 0 ? (path[at + 1] ?? '') : url.hash.startsWith('#') ? url.hash.slice(1).split('.')[0] ?? '' : '';
  } catch {
    // no address: the code itself
  }
  const folded = part.toUpperCase().replace(/[^0-9A-Z]/g, '');
  return CODE.test(part) && folded.length >= 10 ? folded : null;
}

/** Tell whether two codes are the same however they are written. */
export function isSameCode(a: string, b: string): boolean {
  return a.toUpperCase().replaceAll('-', '') === b.toUpperCase().replaceAll('-', '');
}

export interface Age { unit: 'minutes' | 'hours' | 'days'; count: number; isOld: boolean }

/** How old something is, in the unit in which one says it; old from a day on. */
export function ageOf(then: string, now: Date): Age {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(then).getTime()) / 60_000));
  if (minutes < 60) return { unit: 'minutes', count: minutes, isOld: false };
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? { unit: 'hours', count: hours, isOld: hours >= 24 } : { unit: 'days', count: Math.floor(hours / 24), isOld: true };
}
