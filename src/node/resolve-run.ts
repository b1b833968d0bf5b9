import { resolve } from 'node:path';
import { ImgdError } from '../base/errors.js';
import type { JobSpec, OutputFormat, Sample } from '../io/job-spec.js';
import { parseInput } from '../io/open-source.js';
import { compileFilter } from '../ops/filter/compile.js';
import { defaultModel, findModel } from '../ops/model/find-model.js';
import { type LoadedModel, loadModel } from '../ops/model/load-model.js';
import { defaultPipeline, type Fit, type Kernel, type Limits, type PipelineOptions } from '../ops/options.js';
import { type ExtraColumn, extraColumns } from '../ops/row.js';

/** What a user may choose about a run's rows. What is left out is the preset's, else the default. */
export interface RunChoices {
  /** Folders, files, patterns, archives, `@lists`, `-`. */
  readonly inputs: readonly string[];
  /** What relative inputs are relative to; the process's folder by default. */
  readonly cwd?: string | undefined;
  readonly allFiles?: boolean | undefined;
  /** Lists and standard input end names in NUL. */
  readonly nul?: boolean | undefined;
  readonly sample?: Sample | undefined;
  readonly except?: string | undefined;
  readonly failedOf?: string | undefined;
  readonly preset?: 'spark' | undefined;
  /** Null: no filter, whatever the preset says. */
  readonly filter?: string | null | undefined;
  readonly decode?: PipelineOptions['decode'] | undefined;
  readonly icc?: PipelineOptions['icc'] | undefined;
  readonly orient?: boolean | undefined;
  readonly background?: PipelineOptions['background'] | undefined;
  readonly fit?: Fit | undefined;
  readonly kernel?: Kernel | undefined;
  readonly avif?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly top?: number | undefined;
  readonly columns?: readonly ExtraColumn[] | undefined;
  /** Name of a bundled or pulled model, or the path of a package. */
  readonly model?: string | undefined;
  readonly precision?: string | undefined;
  readonly engine?: 'onnx' | 'tfjs' | undefined;
  readonly format?: OutputFormat | undefined;
  readonly annotate?: boolean | undefined;
}

export interface ResolvedRun {
  readonly spec: JobSpec;
  readonly model: LoadedModel;
}

/** The rules of the Spark recipe: its filter, pixels and sizes as stored, no profiles, the whole picture squeezed. */
const spark = {
  filter: 'image.nChannels > 2 AND image.height < 1000',
  decode: 'exact',
  icc: 'ignore',
  orient: false,
  fit: { kind: 'stretch' },
  kernel: 'bicubic',
} as const;

/** Checks every choice and completes it. Throws ImgdError usage, not_found, invalid_model; reads no picture. */
export async function resolveRun(choices: RunChoices): Promise<ResolvedRun> {
  const pipeline = pipelineOptions(choices);
  if (pipeline.filter !== null) compileFilter(pipeline.filter);
  refuseNonsense(choices, pipeline);
  if (choices.inputs.length === 0)
    throw new ImgdError('usage', 'no inputs', { hint: 'Name a folder, a file, a pattern, @list or -' });
  const { allFiles = false, nul = false, cwd = process.cwd(), precision, engine } = choices;
  const [model, ...inputs] = await Promise.all([
    loadModel(findModel(choices.model ?? defaultModel), { precision, engine, verify: true }),
    ...choices.inputs.map((input) => parseInput(input, { allFiles, nul, cwd })),
  ]);
  if (pipeline.columns.includes('embedding') && model.embedding === null)
    throw new ImgdError('usage', `the model ${model.name} has no embedding`, {
      hint: 'Leave embedding out of --columns.',
    });
  const place = (folder: string | undefined) => (folder === undefined ? null : resolve(cwd, folder));
  return {
    model,
    spec: {
      inputs,
      sample: choices.sample ?? null,
      except: place(choices.except),
      failedOf: place(choices.failedOf),
      pipeline,
      model: { name: model.name, precision: model.precision, engine: model.engine, sha256: model.sha256 },
      format: choices.format ?? 'parquet',
      listArrays: choices.preset === 'spark',
      annotate: choices.annotate ?? false,
    },
  };
}

/** Whatever was said wins over the preset, the preset over the defaults. */
export function pipelineOptions(choices: RunChoices): PipelineOptions {
  const preset = choices.preset === 'spark' ? spark : {};
  const base: PipelineOptions = { ...defaultPipeline, ...preset, sparkChannels: choices.preset === 'spark' };
  const { filter, decode, icc, orient, background, fit, kernel, avif, limits, top, columns } = choices;
  return {
    ...base,
    filter: filter === undefined ? base.filter : filter,
    decode: decode ?? base.decode,
    icc: icc ?? base.icc,
    orient: orient ?? base.orient,
    background: background ?? base.background,
    fit: fit ?? base.fit,
    kernel: kernel ?? base.kernel,
    avif: avif ?? base.avif,
    limits: { ...base.limits, ...limits },
    top: top ?? base.top,
    columns: columns === undefined ? base.columns : [...new Set(columns)],
  };
}

/** What types forbid, but callers without types can say all the same. */
function refuseNonsense({ format, sample }: RunChoices, { top, limits, decode, icc, columns }: PipelineOptions): void {
  const counts = { top, ...limits, ...(sample && { 'sample.count': sample.count }) };
  for (const [name, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ImgdError('usage', `${name} is a whole number, at least 1`);
  const choice = (name: string, value: string, known: readonly string[]) => {
    if (!known.includes(value)) throw new ImgdError('usage', `${name} is one of ${known.join(', ')}, not ${value}`);
  };
  choice('format', format ?? 'parquet', ['parquet', 'jsonl', 'csv']);
  choice('decode', decode, ['exact', 'auto', 'fast']);
  choice('icc', icc, ['apply', 'ignore']);
  for (const column of columns) choice('a column', column, extraColumns);
}
