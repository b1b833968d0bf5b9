import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ImgdError } from '../base/errors.js';
import type { Manifest } from '../io/job-spec.js';
import { openSources } from '../io/open-source.js';
import { viewFsOutput } from '../io/output-store-fs.js';
import { readPlan } from '../io/plan-log.js';
import { describeOutput, readRows } from '../io/read-output.js';
import { summarisePart } from '../io/recount.js';
import type { Entry } from '../io/source.js';
import { findModel } from '../ops/model/find-model.js';
import { type LoadedModel, loadModel } from '../ops/model/load-model.js';
import type { Row } from '../ops/row.js';
import { awayInput } from './away-input.js';
import { createExecutorPool } from './executor-pool.js';
import { executorSettings } from './executor-settings.js';
import { createLocalRunner } from './local-runner.js';

export interface VerifyOptions {
  readonly folder: string;
  /** Share of the rows that are made again, 0 to 1. */
  readonly sample: number;
  readonly seed: number;
  readonly executors: number;
  /** Path of the model package; undefined: the model by the name that the job says. */
  readonly model?: string;
  readonly node: string;
}

export interface Verification {
  readonly parts: number;
  readonly rows: number;
  /** Rows made again and compared, and how many inputs have changed or gone since. */
  readonly compared: number;
  readonly changed: number;
  /** Parts that aren't what the manifest says: sentences; none is good. */
  readonly damaged: readonly string[];
  /** Rows that come out otherwise today, by more than processors differ. */
  readonly different: readonly string[];
}

type Compared = Pick<Row, 'index' | 'origin' | 'status' | 'reason' | 'sha256' | 'label' | 'score'>;

const comparedColumns = ['index', 'origin', 'status', 'reason', 'sha256', 'label', 'score'] as const;

/** Scores of the same bytes may differ so much between processors: the model packages' own tolerances. */
const tolerance = (precision: string): number => (precision === 'int8' ? 0.05 : 0.001);

/**
 * Checks a complete output: every part's size, SHA-256 and rows against the manifest, then a sample of its rows made again
 * with the same model and options. Throws ImgdError where it can't be checked at all.
 */
export async function verifyOutput(options: VerifyOptions, signal: AbortSignal): Promise<Verification> {
  const { record, manifest } = await describeOutput(options.folder);
  if (manifest === undefined)
    throw new ImgdError('usage', `${options.folder} is not complete`, {
      hint: 'Repeat the command that made it, then verify.',
    });
  const damaged = await damagedParts(options.folder, manifest, record.spec.format, signal);
  if (options.sample === 0 || record.spec.format === 'csv')
    return { parts: manifest.parts.length, rows: manifest.accepted, compared: 0, changed: 0, damaged, different: [] };

  const { name, precision, engine, sha256 } = record.spec.model;
  const model = await loadModel(findModel(options.model ?? name), {
    precision,
    engine: engine as 'onnx' | 'tfjs',
    verify: true,
  });
  if (model.sha256 !== sha256)
    throw new ImgdError('invalid_model', `the model ${name} ${precision} here is not the one that made these rows`);
  const again = await remake(options, record.spec.pipeline, record.spec.inputs, model, signal);
  const different: string[] = [];
  let changed = 0;
  for (const { before, after } of again) {
    if (after.reason === 'input_changed' || after.reason === 'not_found' || after.sha256 !== before.sha256) {
      if (before.reason !== after.reason) changed++;
      continue;
    }
    const difference = differenceOf(before, after, tolerance(precision));
    if (difference !== null) different.push(`row ${before.index} (${before.origin}): ${difference}`);
  }
  return {
    parts: manifest.parts.length,
    rows: manifest.accepted,
    compared: again.length - changed,
    changed,
    damaged,
    different,
  };
}

async function damagedParts(
  folder: string,
  manifest: Manifest,
  format: Parameters<typeof summarisePart>[2],
  signal: AbortSignal,
): Promise<string[]> {
  const store = viewFsOutput(folder);
  const problems: string[] = [];
  const stands = new Map(manifest.parts.map((part) => [part.number, part]));
  for await (const segment of readPlan(store)) {
    for (const part of segment.parts) {
      signal.throwIfAborted();
      const said = stands.get(part.number);
      if (said === undefined) {
        problems.push(`part ${part.number} is not in the manifest`);
        continue;
      }
      try {
        const found = await summarisePart(store, part, format);
        if (found.sha256 !== said.sha256) problems.push(`${said.name}: its SHA-256 is not the manifest's`);
      } catch (error) {
        problems.push(ImgdError.from(error).message);
      }
    }
  }
  return problems;
}

interface Pair {
  readonly before: Compared;
  readonly after: Compared;
}

async function remake(
  options: VerifyOptions,
  pipeline: Parameters<typeof executorSettings>[1],
  inputs: Parameters<typeof openSources>[0],
  model: LoadedModel,
  signal: AbortSignal,
): Promise<Pair[]> {
  const drawn = (index: number) => draw(options.seed, index) < options.sample;
  const entries: Entry[] = [];
  for await (const segment of readPlan(viewFsOutput(options.folder)))
    entries.push(...segment.entries.filter((_, i) => drawn(segment.first + i)));
  const before: Compared[] = [];
  for await (const row of readRows(options.folder, { columns: comparedColumns }))
    if (drawn(row.index)) before.push(row);

  const source = openSources(inputs, { stdin: Readable.from([]) });
  const pool = createExecutorPool({
    executors: options.executors,
    settings: executorSettings(model, { ...pipeline, columns: [] }),
  });
  try {
    const runner = createLocalRunner({
      node: options.node,
      pool,
      source,
      inputAway: () => awayInput(inputs),
      output: null,
    });
    const after: Row[] = [];
    const part = { number: 1, first: 0, count: entries.length };
    for await (const event of runner.run({ part, entries, id: 'verify' }, signal))
      if (event.kind === 'rows') after.push(...event.rows);
    return before.flatMap((row, i) => (after[i] === undefined ? [] : [{ before: row, after: after[i] }]));
  } finally {
    pool.close();
    await source.close();
  }
}

function differenceOf(before: Compared, after: Compared, within: number): string | null {
  if (before.status !== after.status || before.reason !== after.reason)
    return `was ${before.reason ?? before.status}, is ${after.reason ?? after.status}`;
  const difference = Math.abs((before.score?.[0] ?? 0) - (after.score?.[0] ?? 0));
  // two classes that are as good as each other may change places
  if (difference <= within) return null;
  if (before.label?.[0] !== after.label?.[0]) return `was ${before.label?.[0]}, is ${after.label?.[0]}`;
  return `its score differs by ${difference.toFixed(4)}`;
}

/** Even in [0, 1), the same for the same seed and index. */
function draw(seed: number, index: number): number {
  return createHash('sha256').update(`${seed}\0${index}`).digest().readUInt32LE(0) / 2 ** 32;
}
