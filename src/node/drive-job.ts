import { randomUUID } from 'node:crypto';
import { ImgdError } from '../base/errors.js';
import type { PlanEnd, PlanSegment } from '../io/plan.js';
import type { PartSummary } from '../io/recount.js';
import type { Entry } from '../io/source.js';
import type { Row } from '../ops/row.js';
import type { Dispatch, Effect, Outcome } from '../scheduler/effect.js';
import type { JobEvent } from '../scheduler/job-event.js';
import { createJob } from '../scheduler/job-state.js';
import { nextTick } from '../scheduler/next-tick.js';
import { defaultScheduler } from '../scheduler/scheduler-options.js';
import { step } from '../scheduler/step.js';
import type { PartRunner } from './part-runner.js';

export interface DriveOptions {
  readonly node: string;
  /** Parts that the node works on at once: two, so that one's tail overlaps with the next one's head. */
  readonly slots: number;
  readonly runner: PartRunner;
  /** Segments in order, what stands in the plan first. Returns how the plan ended. */
  readonly plan: AsyncGenerator<PlanSegment, PlanEnd>;
  /** Ends a listing that is under way: a job that is over doesn't wait for it. */
  readonly stopPlan?: () => void;
  /** Null while the inputs can be reached. Asked every second while they can't. */
  readonly inputAway: () => Promise<ImgdError | null>;
  /** Parts that stand in the output already. */
  readonly committed: ReadonlySet<number>;
  readonly onPlanned?: (entries: readonly Entry[], alreadyThere: boolean) => void;
  readonly onPlanEnd?: (end: PlanEnd) => void;
  /** False: rows are given away as they come and can't be taken back, so a failed attempt fails the job. */
  readonly retry: boolean;
  /** Rows of a running attempt. Awaited: a slow reader slows the work down. */
  readonly onRows?: (part: number, rows: readonly Row[]) => Promise<void> | void;
  readonly onCommitted?: (part: number) => void;
  /** The rows told of this part don't count: its attempt failed. */
  readonly onLost?: (part: number) => void;
}

export interface JobEnd {
  readonly outcome: Outcome;
  readonly message: string;
  readonly plan: PlanEnd | null;
  /** What the last failed attempt failed of. */
  readonly error: ImgdError | null;
  /** Of the parts that this run committed. */
  readonly summaries: readonly PartSummary[];
}

/**
 * Carries out what the scheduler decides: every effect becomes a call, every result an event. Resolves with the job's
 * end; rejects only when the plan itself can't be read or written. Aborting `signal` cancels the job.
 */
export async function driveJob(options: DriveOptions, signal: AbortSignal): Promise<JobEnd> {
  const job = createJob(defaultScheduler, Date.now());
  const entries = new Map<number, readonly Entry[]>();
  const running = new Map<string, AbortController>();
  const summaries: PartSummary[] = [];
  const work = new Set<Promise<void>>();
  let planEnd: PlanEnd | null = null;
  let failure: ImgdError | null = null;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let watching: NodeJS.Timeout | undefined;
  let allowance = 0;
  let allow: (() => void) | undefined;
  let finish: (end: { outcome: Outcome; message: string }) => void;
  let crash: (error: unknown) => void;
  const ended = new Promise<{ outcome: Outcome; message: string }>((resolve, reject) => {
    finish = resolve;
    crash = reject;
  });

  const now = () => performance.now();
  const tell = (event: JobEvent) => {
    for (const effect of step(job, event).effects) carryOut(effect);
    clearTimeout(timer);
    const due = nextTick(job);
    if (due !== null) timer = setTimeout(() => tell({ type: 'tick', now: now() }), Math.max(0, due - now()));
  };

  function carryOut(effect: Effect): void {
    if (effect.type === 'dispatch') {
      const doing = dispatch(effect).finally(() => work.delete(doing));
      work.add(doing);
    } else if (effect.type === 'cancel_attempt') {
      running.get(`${effect.part}/${effect.attempt}`)?.abort(new ImgdError('cancelled', effect.reason));
    } else if (effect.type === 'want_more') {
      allowance += effect.parts;
      allow?.();
    } else {
      finish(effect);
    }
  }

  async function dispatch({ part, attempt, node }: Dispatch): Promise<void> {
    const key = `${part.number}/${attempt}`;
    const controller = new AbortController();
    running.set(key, controller);
    const told = { part: part.number, attempt, node };
    try {
      const inputs = entries.get(part.number)!;
      for await (const event of options.runner.run({ part, entries: inputs, id: randomUUID() }, controller.signal)) {
        if (event.kind === 'rows') await options.onRows?.(part.number, event.rows);
        else if (event.summary !== null) summaries.push(event.summary);
      }
      entries.delete(part.number);
      options.onCommitted?.(part.number);
      tell({ type: 'part_committed', ...told, now: now() });
    } catch (error) {
      failure = ImgdError.from(error);
      const { failureClass, code, message } = failure;
      // a pause takes the part's rows back, which only a kept part allows
      if (code === 'unavailable' && options.retry) await pause();
      options.onLost?.(part.number);
      tell({ type: 'attempt_failed', ...told, class: options.retry ? failureClass : 'fatal', message, now: now() });
    } finally {
      running.delete(key);
      controller.abort(new ImgdError('cancelled', 'the attempt is over')); // its waiting tasks are nobody's now
    }
  }

  /** The inputs as a whole are away: the job waits for them, and the scheduler for how long. */
  async function pause(): Promise<void> {
    const away = await options.inputAway();
    if (away === null || watching !== undefined || over) return;
    watching = setInterval(() => {
      void options.inputAway().then((still) => {
        if (still !== null || watching === undefined) return;
        clearInterval(watching);
        watching = undefined;
        tell({ type: 'source_back', now: now() });
      });
    }, 1000);
    tell({ type: 'source_away', message: away.message, now: now() });
  }

  async function readPlan(): Promise<void> {
    for (;;) {
      if (allowance <= 0) await new Promise<void>((resolve) => (allow = resolve));
      if (signal.aborted) return;
      const { value, done } = await options.plan.next();
      if (done) {
        planEnd = value;
        options.onPlanEnd?.(value);
        return tell({ type: 'plan_ended', parts: value.parts, accepted: value.accepted, now: now() });
      }
      for (const part of value.parts) admit(value, part);
    }
  }

  function admit(segment: PlanSegment, part: PlanSegment['parts'][number]): void {
    allowance--;
    const from = part.first - segment.first;
    const inputs = segment.entries.slice(from, from + part.count);
    const there = options.committed.has(part.number);
    options.onPlanned?.(inputs, there);
    if (there) tell({ type: 'part_committed', part: part.number, attempt: null, node: null, now: now() });
    else entries.set(part.number, inputs);
    tell({ type: 'part_planned', part: { ...part, cost: cost(inputs) }, now: now() });
  }

  const cancel = () => {
    tell({ type: 'cancel', now: now() });
    allow?.();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    tell({ type: 'node_joined', node: options.node, slots: options.slots, now: now() });
    if (signal.aborted) cancel();
    readPlan().catch((error: unknown) => {
      if (!over) crash(error);
    });
    const { outcome, message } = await ended;
    await Promise.all(work);
    return { outcome, message, plan: planEnd, error: failure, summaries };
  } finally {
    over = true;
    options.stopPlan?.();
    clearTimeout(timer);
    clearInterval(watching);
    signal.removeEventListener('abort', cancel);
    for (const controller of running.values()) controller.abort(new ImgdError('cancelled', 'the job has ended'));
    await Promise.allSettled(work);
    await options.plan.return({ segments: 0, parts: 0, accepted: 0, ignored: 0 });
  }
}

/** Bytes where listed; an unknown size weighs as a common photograph. */
function cost(inputs: readonly Entry[]): number {
  return inputs.reduce((sum, entry) => sum + (entry.size ?? 200_000), 0);
}
