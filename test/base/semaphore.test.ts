import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../src/base/semaphore.js';

/** Lets everything run that can run now. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('semaphore', () => {
  it('enough is free: granted at once, given back once', async () => {
    const semaphore = new Semaphore(10);
    const release = await semaphore.acquire(4);
    expect(semaphore.used).toBe(4);
    release();
    release();
    expect(semaphore.used).toBe(0);
  });

  it('a large request waits: smaller ones behind it do not overtake', async () => {
    const semaphore = new Semaphore(10);
    const release = await semaphore.acquire(6);
    const order: string[] = [];
    const large = semaphore.acquire(8).then((give) => {
      order.push('large');
      give();
    });
    const small = semaphore.acquire(1).then((give) => {
      order.push('small');
      give();
    });
    await settle();
    expect(order).toEqual([]);
    release();
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
  });

  it('more than the capacity: runs alone, and gives back the capacity', async () => {
    const semaphore = new Semaphore(10);
    const first = await semaphore.acquire(1);
    let granted = false;
    const huge = semaphore.acquire(1_000).then((give) => {
      granted = true;
      return give;
    });
    await settle();
    expect(granted).toBe(false);
    first();
    const release = await huge;
    expect(semaphore.used).toBe(10);
    release();
    expect(semaphore.used).toBe(0);
  });

  it('aborted while waiting: rejected with the reason, those behind it are served', async () => {
    const semaphore = new Semaphore(10);
    const release = await semaphore.acquire(6);
    const gone = new AbortController();
    const large = semaphore.acquire(8, gone.signal);
    const small = semaphore.acquire(4);
    gone.abort(new Error('no longer wanted'));
    await expect(large).rejects.toThrow('no longer wanted');
    (await small)();
    release();
    expect(semaphore.used).toBe(0);
  });

  it('aborted before: rejected, nothing taken', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire(1, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(semaphore.used).toBe(0);
  });

  it('aborted after it was granted: nothing happens to the grant', async () => {
    const semaphore = new Semaphore(2);
    const gone = new AbortController();
    const first = await semaphore.acquire(2);
    const waiting = semaphore.acquire(2, gone.signal);
    first();
    const release = await waiting;
    gone.abort();
    expect(semaphore.used).toBe(2);
    release();
    expect(semaphore.used).toBe(0);
  });

  it('any requests and aborts: never above the capacity, served in order, all given back', async () => {
    const request = fc.record({ amount: fc.integer({ min: 1, max: 15 }), aborted: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 30 }), async (requests) => {
        const semaphore = new Semaphore(10);
        const served: number[] = [];
        let held = 0;
        let most = 0;
        const work = requests.map(async ({ amount, aborted }, number) => {
          const gone = new AbortController();
          const waiting = semaphore.acquire(amount, gone.signal);
          if (aborted && semaphore.used > 0) setImmediate(() => gone.abort(new Error('aborted')));
          const release = await waiting;
          served.push(number);
          held += Math.min(10, amount);
          most = Math.max(most, held, semaphore.used);
          await settle();
          held -= Math.min(10, amount);
          release();
        });
        for (const outcome of await Promise.allSettled(work))
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ message: 'aborted' });
        expect(most).toBeLessThanOrEqual(10);
        expect(served).toEqual([...served].sort((a, b) => a - b));
        expect(semaphore.used).toBe(0);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});
