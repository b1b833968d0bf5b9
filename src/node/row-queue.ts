import type { Row } from '../ops/row.js';

/** Rows on their way from a job that makes them to somebody who iterates. */
export interface RowQueue {
  /** Resolves when the reader has room again, or when `signal` is aborted. */
  push(rows: readonly Row[], signal: AbortSignal): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  /** For one reader. Throws what `fail` was told. */
  rows(): AsyncGenerator<Row>;
}

/** Rows that may wait for the reader before the job has to. */
const room = 256;

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown };

export function createRowQueue(): RowQueue {
  const waiting: Row[] = [];
  let state: State = { kind: 'open' };
  let wakeReader = () => {};
  let wakeWriters: (() => void)[] = [];

  const become = (next: State) => {
    if (state.kind === 'open') state = next;
    wakeReader();
  };

  return {
    async push(rows, signal) {
      waiting.push(...rows);
      wakeReader();
      if (waiting.length <= room || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        wakeWriters.push(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    end: () => become({ kind: 'ended' }),
    fail: (error) => become({ kind: 'failed', error }),
    async *rows() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        for (const wake of wakeWriters) wake();
        wakeWriters = [];
        if (state.kind === 'failed') throw state.error;
        if (state.kind === 'ended') return;
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    },
  };
}
