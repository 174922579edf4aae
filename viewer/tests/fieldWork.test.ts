import { describe, expect, it } from 'vitest';
import { afterwards, ageOf, codeIn, isSameCode, MOST_AT_ONCE, toSend, type Queued } from '@/core/fieldWork';

const queued = (key: string, turn: number, more: Partial<Queued> = {}): Queued => ({
  key, turn, owner: 'mei', title: key, photos: [], state: 'waiting', message: '',
  deed: { kind: 'step', key, order: 'o', deed: 'start', at: '2026-11-22T01:00:00Z' }, ...more,
});

describe('the queue', () => {
  it('sends what was done first, of its owner alone, and nothing that was answered', () => {
    const queue = [queued('c', 3), queued('a', 1), queued('x', 0, { owner: 'wu' }), queued('b', 2, { state: 'refused' })];
    expect(toSend(queue, 'mei').map((one) => one.key)).toEqual(['a', 'c']);
    expect(toSend(Array.from({ length: 250 }, (_, i) => queued(String(i), i)), 'mei')).toHaveLength(MOST_AT_ONCE);
  });

  it('forgets what is recorded once its photos are sent, and keeps what was refused with the reason', () => {
    const answer = (outcome: 'recorded' | 'already' | 'refused' | 'kept_as_note') => ({ key: 'a', outcome, message: 'why', remedy: 'do' });
    expect(afterwards(queued('a', 1), answer('recorded'))).toBeNull();
    expect(afterwards(queued('a', 1), answer('already'))).toBeNull();
    expect(afterwards(queued('a', 1, { photos: [new Blob(['x'])] }), answer('recorded'))?.state).toBe('photos');
    expect(afterwards(queued('a', 1), answer('refused'))).toMatchObject({ state: 'refused', message: 'why do' });
    expect(afterwards(queued('a', 1), answer('kept_as_note'))?.state).toBe('kept_as_note');
  });
});

describe('what was scanned', () => {
  it('is a label, a code as it is printed, or a code as it is typed', () => {
    for (const text of ['https://twin.example/r/330302-001-A02-F05-0512-C', '330302-001-A02-F05-0512-C', ' 330302001a02f050512c ', 'http://x/sub/r/330302-001-A02-F05-0512-C?x=1']) {
      expect(codeIn(text), text).toBe('330302001A02F050512C');
    }
    expect(codeIn('https://twin.example/report#330302001A02F050512C.cabc.seal')).toBe('330302001A02F050512C');
  });

  it('is nothing when it is another address, or text', () => {
    for (const text of ['', 'https://example.org/', 'hello', 'javascript:alert(1)', 'https://x/r/']) expect(codeIn(text), text).toBeNull();
  });

  it('is the same code with hyphens and without', () => {
    expect(isSameCode('330302-001-A02-JS-000049-Q', '330302001a02js000049q')).toBe(true);
    expect(isSameCode('330302-001-A02-JS-000049-Q', '330302001a02js000048q')).toBe(false);
  });
});

describe('the age of what is kept', () => {
  it('is told in the unit in which one says it', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    expect(ageOf('2026-11-22T11:55:00Z', now)).toEqual({ unit: 'minutes', count: 5, isOld: false });
    expect(ageOf('2026-11-21T06:00:00Z', now)).toEqual({ unit: 'hours', count: 30, isOld: true });
    expect(ageOf('2026-11-15T12:00:00Z', now)).toEqual({ unit: 'days', count: 7, isOld: true });
    expect(ageOf('2026-11-22T13:00:00Z', now).count).toBe(0);
  });
});
