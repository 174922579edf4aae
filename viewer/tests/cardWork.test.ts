import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CardWork } from '@/scene/cardWork';

/** A card that has done what it was given when it is told so. */
class Card {
  readonly SYNC_GPU_COMMANDS_COMPLETE = 1;
  readonly SYNC_STATUS = 2;
  readonly UNSIGNALED = 3;
  isDone = false;
  isLost = false;
  fences = 0;

  fenceSync(): object | null {
    if (this.isLost) return null;
    this.fences += 1;
    return {};
  }

  deleteSync(fence: object | null): void {
    if (fence) this.fences -= 1;
  }

  getSyncParameter(): number | null {
    return this.isLost ? null : this.isDone ? 4 : this.UNSIGNALED;
  }

  flush(): void {
    this.isDone = false;
  }
}

describe('what the card has not drawn yet', () => {
  let card: Card;
  let work: CardWork;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    card = new Card();
    work = new CardWork(card as unknown as WebGL2RenderingContext);
  });
  afterEach(() => vi.useRealTimers());

  it('keeps nobody while it is drawn quickly, and does so once it takes long', () => {
    expect(work.isBehind).toBe(false);
    work.given();
    expect([work.isBusy, work.isBehind]).toEqual([true, false]);
    vi.advanceTimersByTime(150);
    expect(work.isBehind).toBe(true);
    card.isDone = true;
    expect([work.isBusy, work.isBehind]).toEqual([false, false]);
    work.given(); // as long as the last, then
    expect(work.isBehind).toBe(true);
    vi.advanceTimersByTime(20);
    card.isDone = true;
    expect(work.isBehind).toBe(false);
    work.given();
    expect(work.isBehind).toBe(false);
  });

  it('is what was given last, and one fence at most', () => {
    work.given();
    work.given();
    work.given();
    expect(card.fences).toBe(1);
    card.isDone = true;
    expect(work.isBusy).toBe(false);
    expect(card.fences).toBe(0);
  });

  it('is nothing once the context is lost', () => {
    work.given();
    card.isLost = true;
    expect(work.isBusy).toBe(false);
    work.given();
    expect(work.isBusy).toBe(false);
  });
});
