import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImgdError } from '../../src/base/errors.js';
import type { PlanEnd, PlanSegment } from '../../src/io/plan.js';
import { type DriveOptions, driveJob } from '../../src/node/drive-job.js';
import type { Attempt, PartEvent, PartRunner } from '../../src/node/part-runner.js';
import type { Row } from '../../src/ops/row.js';

const never = new AbortController().signal;
const partRows = 3;
const counts = { predicted: partRows, filtered: 0, failed: 0, failures: {} };

/** Parts 1 to `parts` of three inputs each, one a segment; tells how many were pulled. */
function planOf(parts: number, pulled: { count: number } = { count: 0 }): AsyncGenerator<PlanSegment, PlanEnd> {
  return (async function* () {
    for (let number = 1; number <= parts; number++) {
      pulled.count++;
      const first = (number - 1) * partRows;
      const entries = Array.from({ length: partRows }, (_, i) => ({
        uri: `file:///${first + i}`,
        size: 1,
        version: null,
      }));
      yield { number, first, entries, parts: [{ number, first, count: partRows }], cursor: String(number) };
    }
    return { segments: parts, parts, accepted: parts * partRows, ignored: 0 };
  })();
}

type Outcome = ImgdError | 'commits';

interface Scripted {
  readonly runner: PartRunner;
  /** Part of each attempt, in the order in which they began. */
  readonly begun: number[];
  readonly ids: Set<string>;
  most: number;
}

/** Attempt n of a part does what `outcome(part, n)` says, n from 1, after 10 ms; an aborted one throws its reason. */
function scripted(outcome: (part: number, attempt: number) => Outcome): Scripted {
  const begun: number[] = [];
  const ids = new Set<string>();
  let running = 0;
  const made: Scripted = { runner: { run }, begun, ids, most: 0 };

  async function* run({ part, entries, id }: Attempt, signal: AbortSignal): AsyncGenerator<PartEvent> {
    begun.push(part.number);
    ids.add(id);
    const attempt = begun.filter((number) => number === part.number).length;
    made.most = Math.max(made.most, ++running);
    try {
      yield { kind: 'rows', rows: entries.map((_, i) => ({ index: part.first + i }) as Row) };
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, 10);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
      const what = outcome(part.number, attempt);
      if (what !== 'commits') throw what;
      const file = { bytes: 1, sha256: '', rows: part.count };
      yield { kind: 'committed', summary: { ...part, ...file, attempt: id, counts } };
    } finally {
      running--;
    }
  }
  return made;
}

const always = () => 'commits' as const;
const away = new ImgdError('unavailable', 'the mount is away');
const full = new ImgdError('resource_exhausted', 'no space left');
const wrong = new ImgdError('invalid_model', 'no such model');

const drive = (options: Partial<DriveOptions> & Pick<DriveOptions, 'runner' | 'plan'>, signal = never) =>
  driveJob(
    { node: 'here', slots: 2, committed: new Set(), retry: true, inputAway: async () => null, ...options },
    signal,
  );

/** Lets all timers run out, then gives the result. */
async function finish<T>(job: Promise<T>): Promise<T> {
  job.catch(() => {}); // awaited below
  await vi.runAllTimersAsync();
  return await job;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('driving a job', () => {
  it('every part commits: succeeded, one attempt each, never more at once than slots', async () => {
    const script = scripted(always);
    const end = await finish(drive({ runner: script.runner, plan: planOf(9) }));
    expect(end).toMatchObject({ outcome: 'succeeded', plan: { parts: 9, accepted: 27 } });
    expect(end.summaries.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(script.begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(script.ids.size).toBe(9);
    expect(script.most).toBe(2);
  });

  it('no part at all: succeeded', async () => {
    const end = await finish(drive({ runner: scripted(always).runner, plan: planOf(0) }));
    expect(end).toMatchObject({ outcome: 'succeeded', plan: { parts: 0, accepted: 0 }, summaries: [] });
  });

  it.each([
    ['transient', away],
    ['node', full],
  ])(
    'a part fails three times by a %s error: the fourth attempt counts, the rows told before do not',
    async (_, error) => {
      const script = scripted((part, attempt) => (part === 2 && attempt < 4 ? error : 'commits'));
      const lost: number[] = [];
      const end = await finish(
        drive({ runner: script.runner, plan: planOf(3), onLost: (part) => void lost.push(part) }),
      );
      expect(end.outcome).toBe('succeeded');
      expect(lost).toEqual([2, 2, 2]);
      expect(end.summaries).toHaveLength(3);
    },
  );

  it('a part fails four times: the job fails with its message, nothing is tried a fifth time', async () => {
    const script = scripted((part) => (part === 2 ? away : 'commits'));
    const end = await finish(drive({ runner: script.runner, plan: planOf(3) }));
    expect(end).toMatchObject({ outcome: 'failed', message: expect.stringContaining('the mount is away') });
    expect(script.begun.filter((part) => part === 2)).toHaveLength(4);
    expect(end.summaries.map(({ number }) => number)).toEqual([1, 3]);
  });

  it('a fatal error: the job fails at once, what runs is stopped and no part begins', async () => {
    const script = scripted((part) => (part === 1 ? wrong : 'commits'));
    const end = await finish(drive({ runner: script.runner, plan: planOf(5) }));
    expect(end).toMatchObject({ outcome: 'failed', message: expect.stringContaining('no such model') });
    expect(script.begun).toEqual([1, 2]);
  });

  it('an error that is nobody’s: fails like a fatal one', async () => {
    const script = scripted(always);
    const runner: PartRunner = {
      run(attempt, signal) {
        if (attempt.part.number === 2) throw new TypeError('undefined is not a function');
        return script.runner.run(attempt, signal);
      },
    };
    const end = await finish(drive({ runner, plan: planOf(2) }));
    expect(end).toMatchObject({ outcome: 'failed', message: expect.stringContaining('undefined is not a function') });
  });

  it('rows that cannot be taken back: the first failed attempt fails the job', async () => {
    const script = scripted((part) => (part === 2 ? away : 'commits'));
    const end = await finish(drive({ runner: script.runner, plan: planOf(3), retry: false }));
    expect(end.outcome).toBe('failed');
    expect(script.begun.filter((part) => part === 2)).toHaveLength(1);
  });

  it('the inputs are away for a while: what ran is stopped uncounted, and goes on when they are back', async () => {
    const begin = performance.now();
    const isAway = () => performance.now() - begin < 30_000;
    const script = scripted(() => (isAway() ? away : 'commits'));
    const inputAway = async () => (isAway() ? away : null);
    const end = await finish(drive({ runner: script.runner, plan: planOf(6), inputAway }));
    expect(end).toMatchObject({ outcome: 'succeeded', plan: { accepted: 18 } });
    expect(end.summaries).toHaveLength(6);
    expect(script.begun.filter((part) => part === 1).length).toBeLessThanOrEqual(2);
  });

  it('the inputs stay away: the job fails after a minute and says so, nothing is committed', async () => {
    const begin = performance.now();
    const script = scripted(() => away);
    const end = await finish(drive({ runner: script.runner, plan: planOf(6), inputAway: async () => away }));
    expect(end).toMatchObject({ outcome: 'failed', message: 'the mount is away', summaries: [] });
    expect(performance.now() - begin).toBeGreaterThan(59_000);
    expect(performance.now() - begin).toBeLessThan(70_000);
  });

  it('the inputs are away and rows cannot be taken back: fails at once, no part begins twice', async () => {
    const script = scripted(() => away);
    const options = { retry: false, slots: 1, inputAway: async () => away };
    const end = await finish(drive({ runner: script.runner, plan: planOf(3), ...options }));
    expect(end.outcome).toBe('failed');
    expect(script.begun).toEqual([1]);
  });

  it('cancelled while the inputs are away: ends at once', async () => {
    const stop = new AbortController();
    const script = scripted(() => away);
    const options = { runner: script.runner, plan: planOf(3), inputAway: async () => away };
    const job = drive(options, stop.signal);
    await vi.advanceTimersByTimeAsync(5_000);
    stop.abort();
    await expect(job).resolves.toMatchObject({ outcome: 'cancelled' });
  });

  it('some parts stand already: they are told of and not run', async () => {
    const script = scripted(always);
    const planned: [number, boolean][] = [];
    const end = await finish(
      drive({
        runner: script.runner,
        plan: planOf(4),
        committed: new Set([1, 3]),
        onPlanned: (entries, there) => void planned.push([entries.length, there]),
      }),
    );
    expect(end.outcome).toBe('succeeded');
    expect(script.begun).toEqual([2, 4]);
    expect(planned).toEqual([
      [3, true],
      [3, false],
      [3, true],
      [3, false],
    ]);
  });

  it('cancelled: what runs is aborted with a reason, the end comes after it, nothing else begins', async () => {
    const stop = new AbortController();
    const script = scripted(always);
    const job = drive({ runner: script.runner, plan: planOf(50) }, stop.signal);
    await vi.advanceTimersByTimeAsync(25);
    stop.abort();
    const begun = script.begun.length;
    expect(await finish(job)).toMatchObject({ outcome: 'cancelled' });
    expect(script.begun).toHaveLength(begun);
    expect(begun).toBeLessThan(50);
  });

  it('cancelled before it begins: nothing is run', async () => {
    const script = scripted(always);
    const end = await finish(drive({ runner: script.runner, plan: planOf(2) }, AbortSignal.abort()));
    expect(end.outcome).toBe('cancelled');
    expect(script.begun).toEqual([]);
  });

  it('the plan cannot be written: rejected with that, what runs is aborted', async () => {
    const script = scripted(always);
    const plan = (async function* () {
      for await (const segment of planOf(2)) yield segment;
      throw full;
    })() as AsyncGenerator<PlanSegment, PlanEnd>;
    await expect(finish(drive({ runner: script.runner, plan }))).rejects.toBe(full);
    expect(script.begun).toEqual([1, 2]);
  });

  it('parts that do not end: the listing waits instead of filling the memory', async () => {
    const stop = new AbortController();
    const pulled = { count: 0 };
    const script = scripted(always);
    const job = drive({ runner: script.runner, plan: planOf(100_000, pulled) }, stop.signal);
    await vi.advanceTimersByTimeAsync(1);
    expect(pulled.count).toBeLessThan(100);
    expect(pulled.count).toBeGreaterThan(2);
    stop.abort();
    await finish(job);
  });

  it('a reader of rows that is slow: the part waits for it', async () => {
    const script = scripted(always);
    const told: number[] = [];
    let busy = 0;
    const end = await finish(
      drive({
        runner: script.runner,
        plan: planOf(2),
        slots: 1,
        async onRows(part) {
          expect(++busy).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 500));
          busy--;
          told.push(part);
        },
      }),
    );
    expect(end.outcome).toBe('succeeded');
    expect(told).toEqual([1, 2]);
  });

  it('any failures that leave each part one attempt: every part commits exactly once, all rows are accounted for', async () => {
    const failures = fc.array(fc.array(fc.constantFrom(away, full), { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(failures, fc.integer({ min: 1, max: 4 }), async (script, slots) => {
        const { runner } = scripted((part, attempt) => script[part - 1]![attempt - 1] ?? 'commits');
        const counted = new Map<number, number>();
        const settled: number[] = [];
        const end = await finish(
          drive({
            runner,
            slots,
            plan: planOf(script.length),
            onRows: (part, rows) => void counted.set(part, (counted.get(part) ?? 0) + rows.length),
            onLost: (part) => void counted.delete(part),
            onCommitted: (part) => void settled.push(part),
          }),
        );
        expect(end.outcome).toBe('succeeded');
        const numbers = script.map((_, i) => i + 1);
        expect([...settled].sort((a, b) => a - b)).toEqual(numbers);
        expect(end.summaries.map(({ number }) => number).sort((a, b) => a - b)).toEqual(numbers);
        expect([...counted.values()]).toEqual(numbers.map(() => partRows));
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});
