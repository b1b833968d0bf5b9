/**
 * A counted resource: slots, or bytes of a budget. Waiters are served in order, so a large request is never starved by
 * small ones behind it.
 */
export class Semaphore {
  readonly capacity: number;
  #free: number;
  readonly #waiting: { amount: number; grant: () => void }[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#free = capacity;
  }

  get used(): number {
    return this.capacity - this.#free;
  }

  /**
   * Resolves with the function that gives `amount` back (calling it twice is harmless). More than the capacity counts as
   * the whole capacity: such a request runs alone. Rejects with the signal's reason when aborted while waiting.
   */
  async acquire(amount = 1, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const take = Math.min(amount, this.capacity);
    if (this.#waiting.length > 0 || this.#free < take) await this.#wait(take, signal);
    else this.#free -= take;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += take;
      this.#serve();
    };
  }

  #wait(amount: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = {
        amount,
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason);
        this.#serve();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.amount;
      next.grant();
    }
  }
}
