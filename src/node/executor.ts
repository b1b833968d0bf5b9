/**
 * The child process that decodes and predicts. It may crash, hang or be killed at any moment: the node repairs that. It
 * knows neither parts nor outputs; inputs come in, rows go out.
 */
import { ImgdError } from '../base/errors.js';
import { Semaphore } from '../base/semaphore.js';
import { readLocation } from '../io/read-location.js';
import { decode } from '../ops/decode.js';
import { exactPixels } from '../ops/exact-pixels.js';
import type { RowContent } from '../ops/failed-row.js';
import { compileFilter } from '../ops/filter/compile.js';
import { createMicroBatcher } from '../ops/micro-batch.js';
import { requireGolden } from '../ops/model/golden.js';
import { openEngine } from '../ops/open-engine.js';
import { runPipeline } from '../ops/pipeline.js';
import { createResampler } from '../ops/resample/resampler.js';
import type { Failure } from '../ops/row.js';
import type { Decode, Tools } from '../ops/stages/stage.js';
import { annotateRow } from './annotate-row.js';
import { createNoteWriter } from './decode-notes.js';
import { type ExecutorSettings, type FromExecutor, notesFd, type Task, type ToExecutor } from './executor-messages.js';
import { createStageClock } from './stage-clock.js';

/** Rows told at once, and how long the first of them waits for the others: each message wakes two processes. */
const burst = 12;
const burstMs = 50;

const never = new AbortController().signal;
const say = (message: FromExecutor): void => {
  process.send?.(message);
};

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group: the node decides what ends
process.on('message', (message: ToExecutor) => {
  handle(message).catch((error: unknown) => {
    const { code, message, hint } = ImgdError.from(error);
    say({ kind: 'unfit', code, message, hint });
  });
});

let opening: Promise<Executor> | undefined;

async function handle(message: ToExecutor): Promise<void> {
  if (message.kind === 'open') {
    opening = openExecutor(message.settings);
    return say({ kind: 'ready', engine: (await opening).engine });
  }
  if (message.kind === 'close') return process.disconnect();
  // what arrives while the model is being loaded holds too
  const executor = await opening;
  if (message.kind === 'quarantine') executor?.quarantine(message.sha256);
  else for (const task of message.tasks) executor?.accept(task);
}

interface Executor {
  readonly engine: string;
  accept(task: Task): void;
  quarantine(sha256: string): void;
}

async function openExecutor(settings: ExecutorSettings): Promise<Executor> {
  const { model, pipeline } = settings;
  const engine = await openEngine(model, { embedding: pipeline.columns.includes('embedding') });
  await requireGolden(engine, model, exactPixels);
  const batcher = createMicroBatcher(engine, settings.batch, settle);
  const quarantined = new Set(settings.quarantined);
  const tasks = new Map<object, Task>();
  const notes = createNoteWriter(notesFd);
  const clock = createStageClock();

  const tools: Tools = {
    options: pipeline,
    contract: model,
    filter: pipeline.filter === null ? null : compileFilter(pipeline.filter),
    decode: settings.decoder === null ? decode : ((await import(settings.decoder)) as { decode: Decode }).decode,
    resampler: createResampler(),
    batcher,
    budget: new Semaphore(settings.decodeBudget),
    async noted({ bytes, sha256, megapixels }, work) {
      const id = tasks.get(bytes)?.id ?? 0;
      notes.begin(id, megapixels, sha256);
      try {
        return await work();
      } finally {
        notes.end(id);
      }
    },
  };

  let inFlight = 0;
  let finished: { task: number; row: RowContent }[] = [];

  let later: NodeJS.Timeout | undefined;

  const report = () => {
    clearTimeout(later);
    later = undefined;
    if (finished.length > 0) say({ kind: 'rows', rows: finished, times: clock.lap() });
    finished = [];
  };

  const refuse = (sha256: string): Failure | null =>
    quarantined.has(sha256)
      ? { code: 'decoder_crash', message: 'the same bytes have killed a decoder in this job before: quarantined' }
      : null;

  async function make(task: Task): Promise<RowContent> {
    const bytes = await readLocation(task.location, pipeline.limits.bytes, never);
    tasks.set(bytes, task);
    try {
      const { index, origin, locality } = task;
      const row = await runPipeline({ index, origin, locality }, bytes, tools, refuse, never);
      const folder = settings.annotateInto;
      if (folder === null || !Buffer.isBuffer(bytes) || row.status !== 'predicted') return row;
      const megapixels = ((row.width ?? 0) * (row.height ?? 0)) / 1e6;
      const picture = { bytes, sha256: row.sha256 ?? '', megapixels };
      return await tools.noted(picture, () => annotateRow(row, bytes, folder, pipeline));
    } finally {
      tasks.delete(bytes);
    }
  }

  return {
    engine: engine.name,
    accept(task) {
      inFlight++;
      make(task).then(
        (row) => {
          inFlight--;
          clock.add(row);
          finished.push({ task: task.id, row });
          if (finished.length >= burst || inFlight === 0) report();
          else later ??= setTimeout(report, burstMs);
          settle();
        },
        (error: unknown) => {
          inFlight--;
          const { code, message } = ImgdError.from(error);
          say({ kind: 'unable', task: task.id, code, message });
          settle();
        },
      );
    },
    quarantine: (sha256) => void quarantined.add(sha256),
  };

  /** Everybody in flight waits for a batch that nobody will fill: run what there is. */
  function settle(): void {
    if (inFlight > 0 && batcher.waiting === inFlight) batcher.flush();
  }
}
