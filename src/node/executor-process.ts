import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ImgdError } from '../base/errors.js';
import type { RowContent } from '../ops/failed-row.js';
import { createNoteBoard, type DecodeNote, monotonicMs } from './decode-notes.js';
import type { ExecutorSettings, FromExecutor, StageTimes, Task, ToExecutor } from './executor-messages.js';

/** Why an executor is gone. `closed` was asked for; the rest happened. */
export type Death =
  | { readonly kind: 'closed' }
  | { readonly kind: 'crash'; readonly detail: string }
  | { readonly kind: 'memory'; readonly detail: string }
  | { readonly kind: 'hang'; readonly detail: string };

export interface ExecutorEvents {
  ready(engine: string): void;
  /** It can never work: wrong model, missing library. */
  unfit(error: ImgdError): void;
  rows(rows: readonly { readonly task: number; readonly row: RowContent }[], times: StageTimes): void;
  /** One task that the executor couldn't do for a reason of its own. */
  unable(task: number, error: ImgdError): void;
  /** Called once. `decoding` holds the notes of decodes that had begun and were not over. */
  died(death: Death, decoding: readonly DecodeNote[]): void;
}

export interface ExecutorLimits {
  /** Bytes of resident memory above which the process is killed. */
  readonly rss: number;
  /** A decode may take this long, plus {@link perMegapixelMs} for each megapixel that is being decoded. */
  readonly decodeMs: number;
  readonly perMegapixelMs: number;
  /** With work but without any sign of life for this long, it is killed. */
  readonly silenceMs: number;
}

export const defaultExecutorLimits: ExecutorLimits = {
  rss: 2 ** 30,
  decodeMs: 10_000,
  perMegapixelMs: 1_000,
  silenceMs: 120_000,
};

/** A handle on one child process. It watches; what becomes of the work is the pool's business. */
export interface ExecutorProcess {
  readonly pid: number | undefined;
  /** Resident bytes, as the system sees them at the last look. */
  readonly rss: number;
  work(tasks: readonly Task[]): void;
  quarantine(sha256: string): void;
  /** Ends it kindly: it has no work left. */
  close(): void;
  /** Ends it now, whatever it does. */
  kill(): void;
}

const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/node/executor.js' : './executor.js',
  import.meta.url,
);

/**
 * glibc gives blocks of a common picture's size back to the kernel after each picture and asks for them again for the next:
 * higher thresholds keep them. Much higher ones would keep large pictures' blocks too, and grow by fragments for hours
 * (npm run soak); one arena per thread would keep them several times over.
 */
const allocator = {
  MALLOC_MMAP_THRESHOLD_: '4194304',
  MALLOC_TRIM_THRESHOLD_: '67108864',
  MALLOC_TOP_PAD_: '2097152',
  MALLOC_ARENA_MAX: '2',
};

const watchMs = 250;

export function startExecutor(
  settings: ExecutorSettings,
  limits: ExecutorLimits,
  events: ExecutorEvents,
): ExecutorProcess {
  const notes = createNoteBoard();
  const child = fork(entry, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', notes.fd],
    serialization: 'advanced',
    // pictures' bytes count as old memory: with room for them the collector runs for our objects, not for theirs
    execArgv: ['--initial-old-space-size=64'],
    env: { ...process.env, ...allocator, UV_THREADPOOL_SIZE: '2', VIPS_CONCURRENCY: '1' },
  });
  let doom: Death | undefined;
  let closing = false;
  let outstanding = 0;
  let lastSign = performance.now();
  let rss = 0;

  const end = (death: Death) => {
    doom ??= death;
    child.kill('SIGKILL');
  };
  const watch = setInterval(() => {
    rss = residentBytes(child.pid) ?? rss;
    if (rss > limits.rss) return end({ kind: 'memory', detail: `used ${Math.round(rss / 2 ** 20)} MB` });
    if (outstanding === 0) return;
    const decoding = notes.read();
    const late = overdue(decoding, limits);
    if (late !== undefined) return end({ kind: 'hang', detail: `no end after ${(late / 1000).toFixed(1)} s` });
    if (decoding.length === 0 && performance.now() - lastSign > limits.silenceMs)
      end({ kind: 'hang', detail: `no sign of life for ${limits.silenceMs / 1000} s` });
  }, watchMs);
  watch.unref();

  child.on('message', (message: FromExecutor) => {
    lastSign = performance.now();
    if (message.kind === 'ready') events.ready(message.engine);
    else if (message.kind === 'unable') {
      outstanding--;
      events.unable(message.task, new ImgdError(message.code, message.message));
    } else if (message.kind === 'rows') {
      outstanding -= message.rows.length;
      events.rows(message.rows, message.times);
    } else events.unfit(new ImgdError(message.code, message.message, message.hint ? { hint: message.hint } : {}));
  });
  child.on('error', (error) => events.unfit(ImgdError.from(error)));
  // 'close', not 'exit': by then every row that it sent has arrived
  child.on('close', (code, signal) => {
    clearInterval(watch);
    const detail = signal === null ? `ended with code ${code}` : `killed by ${signal}`;
    const crash: Death = signal === 'SIGKILL' ? { kind: 'memory', detail } : { kind: 'crash', detail };
    const decoding = notes.read();
    notes.close();
    events.died(doom ?? (closing ? { kind: 'closed' } : crash), decoding);
  });

  const send = (message: ToExecutor) => {
    // a send to a dying child fails; its 'close' tells the story
    if (child.connected) child.send(message, () => {});
  };
  send({ kind: 'open', settings });

  return {
    get pid() {
      return child.pid;
    },
    get rss() {
      return rss;
    },
    work(tasks) {
      outstanding += tasks.length;
      lastSign = performance.now();
      send({ kind: 'work', tasks });
    },
    quarantine: (sha256) => send({ kind: 'quarantine', sha256 }),
    close() {
      closing = true;
      send({ kind: 'close' });
    },
    kill() {
      closing = true;
      child.kill('SIGKILL');
    },
  };
}

/** Milliseconds of the oldest decode when it has outlived its allowance. All that decode at once share the cores. */
function overdue(decoding: readonly DecodeNote[], limits: ExecutorLimits): number | undefined {
  if (decoding.length === 0) return undefined;
  const age = monotonicMs() - Math.min(...decoding.map((note) => note.begunMs));
  const megapixels = decoding.reduce((sum, note) => sum + note.megapixels, 0);
  return age > limits.decodeMs + megapixels * limits.perMegapixelMs ? age : undefined;
}

/** Undefined where the system has no /proc: there, no limit is enforced from outside. */
function residentBytes(pid: number | undefined): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return Number.isFinite(pages) ? pages * 4096 : undefined;
  } catch {
    return undefined;
  }
}
