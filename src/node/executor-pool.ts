import { ImgdError } from '../base/errors.js';
import { failedRow, type RowContent } from '../ops/failed-row.js';
import type { FailureCode } from '../ops/row.js';
import type { DecodeNote } from './decode-notes.js';
import type { ExecutorSettings, StageTimes, Task } from './executor-messages.js';
import {
  type Death,
  defaultExecutorLimits,
  type ExecutorLimits,
  type ExecutorProcess,
  startExecutor,
} from './executor-process.js';

export interface PoolOptions {
  readonly executors: number;
  readonly settings: ExecutorSettings;
  readonly limits?: ExecutorLimits;
  /** An executor is replaced after so many images, or when idle above `recycleRss` bytes. */
  readonly recycleImages?: number;
  readonly recycleRss?: number;
  /** An input that died twice alone: every node of the job should know. */
  readonly onQuarantine?: (input: {
    readonly sha256: string;
    readonly origin: string;
    readonly code: FailureCode;
  }) => void;
}

export interface ExecutorPool {
  /** Name of the engine, once an executor has loaded and checked the model. Rejects when none ever can. */
  readonly ready: Promise<string>;
  /**
   * One row for one task, whatever the image does to its executor. Rejects when `signal` is aborted or the pool closes or
   * can't work at all; never because of an image.
   */
  run(task: Omit<Task, 'id'>, signal: AbortSignal): Promise<RowContent>;
  readonly times: StageTimes;
  /** Executors that died, by cause. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly pids: readonly number[];
  close(): void;
}

interface Job {
  readonly task: Task;
  readonly signal: AbortSignal;
  /** Executors that died while this ran alone in them. */
  deaths: number;
  resolve(row: RowContent): void;
  reject(error: unknown): void;
}

interface Slot {
  process: ExecutorProcess;
  state: 'starting' | 'ready' | 'retiring';
  /** One suspect, alone: if the executor dies now, we know who did it. */
  solo: boolean;
  images: number;
  readonly jobs: Map<number, Job>;
}

/** Tasks that one executor may hold: enough to hide reading behind computing, few enough to share the tail. */
const maxWindow = 32;
const failedStarts = 3;

const verdicts: Record<Exclude<Death['kind'], 'closed'>, { code: FailureCode; sentence: string }> = {
  crash: { code: 'decoder_crash', sentence: 'decoding it killed two executors in a row' },
  memory: { code: 'resource', sentence: 'decoding it needs more memory than an executor may use' },
  hang: { code: 'timeout', sentence: 'decoding it does not end in the time that its size allows' },
};

export function createExecutorPool(options: PoolOptions): ExecutorPool {
  const { settings, limits = defaultExecutorLimits, recycleImages = 20_000, recycleRss = 400 * 2 ** 20 } = options;
  const slots: Slot[] = [];
  const queue: Job[] = [];
  const suspects: Job[] = [];
  const quarantined = new Set(settings.quarantined);
  const times = { decode: 0, resize: 0, predict: 0 };
  const restarts: Record<string, number> = {};
  let nextId = 1;
  let badStarts = 0;
  let broken: unknown;
  let markReady: (engine: string) => void;
  let markBroken: (error: unknown) => void;
  const ready = new Promise<string>((resolve, reject) => {
    markReady = resolve;
    markBroken = reject;
  });
  ready.catch(() => {}); // whoever needs it awaits it; nobody may

  /** Starts happen in the middle of other events: what goes wrong is the pool's end, not the process's. */
  function start(): void {
    try {
      startSlot();
    } catch (error) {
      fail(ImgdError.from(error));
    }
  }

  function startSlot(): void {
    const slot: Slot = { state: 'starting', solo: false, images: 0, jobs: new Map(), process: undefined as never };
    slot.process = startExecutor({ ...settings, quarantined: [...quarantined] }, limits, {
      ready(engine) {
        badStarts = 0;
        slot.state = 'ready';
        markReady(engine);
        fill(slot);
      },
      unfit: fail,
      unable(task, error) {
        slot.jobs.get(task)?.reject(error);
        slot.jobs.delete(task);
        fill(slot);
      },
      rows(rows, spent) {
        times.decode += spent.decode;
        times.resize += spent.resize;
        times.predict += spent.predict;
        for (const { task, row } of rows) {
          slot.jobs.get(task)?.resolve(row);
          slot.jobs.delete(task);
        }
        slot.images += rows.length;
        retireIfDue(slot);
        fill(slot);
      },
      died: (death, decoding) => bury(slot, death, decoding),
    });
    slots.push(slot);
  }

  function fill(slot: Slot): void {
    if (slot.state === 'retiring' && slot.jobs.size === 0) slot.process.close();
    if (slot.state !== 'ready') return;
    if (slot.jobs.size === 0) {
      const suspect = nextAlive(suspects);
      slot.solo = suspect !== undefined;
      if (suspect !== undefined) give(slot, [suspect]);
    }
    if (slot.solo) return;
    const share = Math.ceil(queue.length / (2 * slots.length));
    const window = Math.min(maxWindow, Math.max(settings.batch + 2, share + slot.jobs.size));
    if (slot.jobs.size > window / 2) return; // few messages with much work, rather than one for each row
    const jobs: Job[] = [];
    while (slot.jobs.size + jobs.length < window) {
      const job = nextAlive(queue);
      if (job === undefined) break;
      jobs.push(job);
    }
    if (jobs.length > 0) give(slot, jobs);
  }

  function give(slot: Slot, jobs: readonly Job[]): void {
    for (const job of jobs) slot.jobs.set(job.task.id, job);
    slot.process.work(jobs.map((job) => job.task));
  }

  /** A worn executor gets no more work; its successor starts while it finishes what it has. */
  function retireIfDue(slot: Slot): void {
    if (slot.state !== 'ready' || (slot.images < recycleImages && slot.process.rss < recycleRss)) return;
    slot.state = 'retiring';
    start();
  }

  function bury(slot: Slot, death: Death, decoding: readonly DecodeNote[]): void {
    slots.splice(slots.indexOf(slot), 1);
    if (death.kind === 'closed' && slot.jobs.size === 0) return;
    const cause = death.kind === 'closed' ? 'crash' : death.kind;
    restarts[cause] = (restarts[cause] ?? 0) + 1;
    if (slot.state === 'starting' && ++badStarts >= failedStarts)
      fail(new ImgdError('internal', `executors die at their start: ${'detail' in death ? death.detail : ''}`));
    if (broken !== undefined) return;
    const marked = decoding.filter((note) => slot.jobs.has(note.task));
    const guilty = new Set(marked.length > 0 ? marked.map((note) => note.task) : slot.jobs.keys());
    const innocent: Job[] = [];
    for (const job of slot.jobs.values()) {
      if (!guilty.has(job.task.id)) innocent.push(job);
      else if (slot.solo && ++job.deaths >= 2) condemn(job, cause, marked[0]);
      else suspects.push(job);
    }
    queue.unshift(...innocent);
    if (slot.state !== 'retiring') start();
    for (const other of slots) fill(other);
  }

  function condemn(job: Job, cause: Exclude<Death['kind'], 'closed'>, note: DecodeNote | undefined): void {
    const { code, sentence } = verdicts[cause];
    const { locality } = job.task;
    job.resolve(failedRow(job.task, { code, message: sentence }, { locality, sha256: note?.sha256 ?? null }));
    if (note === undefined) return;
    quarantined.add(note.sha256);
    for (const slot of slots) slot.process.quarantine(note.sha256);
    options.onQuarantine?.({ sha256: note.sha256, origin: job.task.origin, code });
  }

  function fail(error: unknown): void {
    broken ??= error;
    markBroken(broken);
    for (const job of [...queue.splice(0), ...suspects.splice(0), ...slots.flatMap((slot) => [...slot.jobs.values()])])
      job.reject(broken);
    for (const slot of slots) slot.process.kill();
  }

  for (let i = 0; i < options.executors; i++) start();

  return {
    ready,
    times,
    restarts,
    get pids() {
      return slots.flatMap((slot) => slot.process.pid ?? []);
    },
    run(task, signal) {
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        queue.push({ task: { ...task, id: nextId++ }, signal, deaths: 0, resolve, reject });
        const idle = slots.find((slot) => slot.state === 'ready' && slot.jobs.size < settings.batch);
        if (idle !== undefined) fill(idle);
      });
    },
    close: () => fail(new ImgdError('cancelled', 'the executors are closed')),
  };

  /** The next job that still wants its row. */
  function nextAlive(jobs: Job[]): Job | undefined {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      if (!job.signal.aborted) return job;
      job.reject(job.signal.reason);
    }
    return undefined;
  }
}
