import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { ImgdError } from '../base/errors.js';
import { committedParts } from '../io/commit.js';
import { createJob, prepareOverwrite, readJob } from '../io/job-record.js';
import type { JobRecord, JobSpec, Manifest } from '../io/job-spec.js';
import { buildManifest, readManifest, writeEnd, writeSuccess } from '../io/manifest.js';
import type { OutputStore } from '../io/output-store.js';
import { openFsStore } from '../io/output-store-fs.js';
import type { Source } from '../io/source.js';
import type { LoadedModel } from '../ops/model/load-model.js';
import type { Row } from '../ops/row.js';
import { awayInput } from './away-input.js';
import { driveJob, type JobEnd } from './drive-job.js';
import type { StageTimes } from './executor-messages.js';
import { createExecutorPool, type ExecutorPool } from './executor-pool.js';
import { executorSettings } from './executor-settings.js';
import { changesSince, type InputChanges } from './input-changes.js';
import { type JobProgress, JobTally } from './job-tally.js';
import { createLocalRunner } from './local-runner.js';
import { openInputs } from './open-inputs.js';
import { feedPlan } from './plan-feed.js';
import { knownQuarantine, rememberQuarantine } from './quarantine.js';
import { bytesPerRow } from './row-size.js';
import { versions } from './versions.js';

export interface RunJobOptions {
  readonly spec: JobSpec;
  readonly model: LoadedModel;
  /** Null: rows are told and nothing is kept. */
  readonly output: { readonly folder: string; readonly overwrite: boolean } | null;
  readonly executors: number;
  readonly node: string;
  readonly stdin?: Readable;
  /** Rows as they are made, in index order within a part. Awaited. */
  readonly onRows?: (rows: readonly Row[]) => Promise<void> | void;
  readonly onProgress?: (progress: JobProgress) => void;
}

export interface JobResult {
  readonly job: string;
  readonly engine: string;
  readonly progress: JobProgress;
  readonly ignored: number;
  /** Rows that stood in the output before. */
  readonly found: number;
  readonly times: StageTimes;
  readonly restarts: Readonly<Record<string, number>>;
  /** Null without an output. */
  readonly manifest: Manifest | null;
  /** Set where the output was complete already: what has changed among the inputs since. */
  readonly changes: InputChanges | null;
}

const partsAtOnce = 2;

/**
 * One job on this machine, from listing to manifest: the scheduler, executors and commit of a cluster's node, with one
 * node and no socket. Throws ImgdError: conflict (the output holds another job), cancelled, or what ended the job. What is
 * committed stays; the same call goes on from there.
 */
export async function runJob(options: RunJobOptions, signal: AbortSignal): Promise<JobResult> {
  const { spec, output } = options;
  // what another output holds is read before this one is touched
  const source = await openInputs(spec, options.stdin);
  try {
    return await runFrom(source, options, output === null ? null : await openOutput(output, spec), signal);
  } finally {
    await source.close();
  }
}

async function runFrom(
  source: Source,
  options: RunJobOptions,
  store: OutputStore | null,
  signal: AbortSignal,
): Promise<JobResult> {
  const { spec } = options;
  const record = store === null ? null : await startOrAdopt(store, spec);
  const manifest = store === null ? undefined : await readManifest(store);
  if (store !== null && record !== null && manifest !== undefined)
    return completed(options, store, record, manifest, signal);

  const quarantined = store === null ? [] : await knownQuarantine(store);
  const pool = createExecutorPool({
    executors: options.executors,
    settings: executorSettings(options.model, spec.pipeline, {
      annotateInto: await annotationFolder(options),
      quarantined,
    }),
    onQuarantine: (input) => {
      if (store !== null) rememberQuarantine(store, input).catch(() => {}); // a repeat finds it out again
    },
  });
  try {
    return await work(source, options, store, record, pool, signal);
  } finally {
    pool.close();
  }
}

async function work(
  source: Source,
  options: RunJobOptions,
  store: OutputStore | null,
  record: JobRecord | null,
  pool: ExecutorPool,
  signal: AbortSignal,
): Promise<JobResult> {
  const { spec, node } = options;
  const tally = new JobTally();
  const changed = () => options.onProgress?.(tally.progress());
  const inputAway = () => awayInput(spec.inputs);
  const stop = new AbortController();
  const listing = AbortSignal.any([signal, stop.signal]);
  try {
    const feed = () => feedPlan(store, source, { bytesPerRow: bytesPerRow(spec, options.model) }, listing);
    if (store !== null && spec.inputs.some((input) => input.kind === 'stdin')) await readToTheEnd(feed());
    const plan = feed();
    const end = await driveJob(
      {
        node,
        slots: store === null ? 1 : partsAtOnce, // rows that are told and not kept come in the plan's order
        runner: createLocalRunner({
          node,
          pool,
          source,
          inputAway,
          output: store && record ? { store, record } : null,
        }),
        inputAway,
        plan,
        stopPlan: () => stop.abort(),
        committed: store === null ? new Set() : await committedParts(store, spec.format),
        retry: store !== null,
        onPlanned(entries, alreadyThere) {
          tally.planned(entries, alreadyThere);
          changed();
        },
        onPlanEnd() {
          tally.planEnded();
          changed();
        },
        async onRows(part, rows) {
          tally.rows(part, rows);
          changed();
          await options.onRows?.(rows);
        },
        onCommitted: (part) => tally.committed(part),
        onLost: (part) => tally.lost(part),
      },
      signal,
    );
    return await conclude(end);
  } finally {
    stop.abort();
  }

  async function conclude(end: JobEnd): Promise<JobResult> {
    // another process on this output was faster, and its sweep took our attempts away: the job is complete all the same
    const others = store && end.outcome === 'failed' ? await readManifest(store) : undefined;
    if (store && record && others) return completed(options, store, record, others, signal);
    const manifest = store && record ? await close(store, record, end, signal) : null;
    if (end.outcome === 'cancelled') throw new ImgdError('cancelled', 'stopped', { hint: resumeHint(store) });
    if (end.outcome === 'failed') throw failure(end, store);
    return {
      job: record?.id ?? 'none',
      engine: await pool.ready.catch(() => 'none'),
      progress: tally.progress(),
      ignored: end.plan?.ignored ?? 0,
      found: tally.found,
      times: pool.times,
      restarts: pool.restarts,
      manifest,
      changes: null,
    };
  }
}

/** Standard input is in the plan before anything runs: a resume has no second chance to read it. */
async function readToTheEnd(plan: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of plan);
}

/** Fixes how the job ended; after a success, the manifest. Reads what other runs committed, checks the conservation law. */
async function close(
  store: OutputStore,
  record: JobRecord,
  end: JobEnd,
  signal: AbortSignal,
): Promise<Manifest | null> {
  if (end.outcome !== 'succeeded' || end.plan === null) {
    const said = { state: end.outcome, message: end.message, at: new Date().toISOString() };
    await writeEnd(store, said).catch(() => {}); // what ended the job matters more than that it can't be noted
    return null;
  }
  const finished = new Date().toISOString();
  const known = new Map(end.summaries.map((summary) => [summary.number, summary]));
  const manifest = await buildManifest(store, { record, known, finished, signal });
  await writeEnd(store, { state: 'succeeded', message: null, at: finished });
  await writeSuccess(store, manifest);
  await store.sweep();
  return manifest;
}

/** Another call of the same command on a complete output: nothing to do, but something to say. */
async function completed(
  options: RunJobOptions,
  store: OutputStore,
  record: JobRecord,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<JobResult> {
  const tally = new JobTally();
  tally.planEnded();
  const { accepted, predicted, filtered, failed } = manifest;
  const failures = Object.fromEntries(
    Object.entries(manifest.failures).map(([code, count]) => [code, { count, example: '' }]),
  );
  return {
    job: record.id,
    engine: 'none',
    progress: { ...tally.progress(), accepted, done: accepted, predicted, filtered, failed, failures },
    ignored: 0,
    found: accepted,
    times: { decode: 0, resize: 0, predict: 0 },
    restarts: {},
    manifest,
    changes: await changesSince(store, options.spec, options.stdin, signal),
  };
}

async function openOutput(
  { folder, overwrite }: { readonly folder: string; readonly overwrite: boolean },
  { except, failedOf }: JobSpec,
): Promise<OutputStore> {
  if (overwrite && [except, failedOf].includes(resolve(folder)))
    throw new ImgdError('usage', `--overwrite would delete ${folder}, which the new job is to read`, {
      hint: 'Give the new rows another --out.',
    });
  if (overwrite) await prepareOverwrite(folder);
  return openFsStore(folder);
}

/** Inputs that are away look like other inputs, and so like another job: say what is the matter instead. */
async function startOrAdopt(store: OutputStore, spec: JobSpec): Promise<JobRecord> {
  try {
    return (await createJob(store, spec, versions)).record;
  } catch (error) {
    const standing = ImgdError.from(error).code === 'conflict' ? await readJob(store) : undefined;
    const away = standing === undefined ? null : await awayInput(standing.spec.inputs);
    if (away === null) throw error;
    throw new ImgdError('unavailable', away.message, { hint: 'Bring it back and repeat the command.', cause: error });
  }
}

async function annotationFolder({ spec, output }: RunJobOptions): Promise<string | null> {
  if (!spec.annotate || output === null) return null;
  const folder = join(output.folder, 'annotated');
  await mkdir(folder, { recursive: true });
  return folder;
}

const resumeHint = (store: OutputStore | null): string =>
  store === null ? 'Nothing was kept.' : 'What is committed stays: repeat the command and it goes on where it stopped.';

function failure({ message, error }: JobEnd, store: OutputStore | null): ImgdError {
  const hint = error?.hint ?? resumeHint(store);
  return new ImgdError(error?.code ?? 'internal', `the job failed: ${message}`, { hint, cause: error?.cause });
}
