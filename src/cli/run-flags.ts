import { availableParallelism, hostname } from 'node:os';
import { Option } from 'commander';
import { defaultModel } from '../ops/model/find-model.js';
import { defaultPipeline, type Fit, type Kernel } from '../ops/options.js';
import type { ExtraColumn } from '../ops/row.js';
import {
  type Allowance,
  parseAllowance,
  parseAlpha,
  parseBytes,
  parseColumns,
  parseCount,
  parseFitOption,
  parseKernel,
  parsePixels,
} from './parse-values.js';

/** `imgctl run`'s options as commander hands them over: complete but for those whose absence means something. */
export interface RunFlags {
  readonly out?: string;
  readonly format: 'parquet' | 'jsonl' | 'csv';
  readonly overwrite: boolean;
  readonly except?: string;
  readonly failedOf?: string;
  readonly allFiles: boolean;
  readonly null: boolean;
  readonly sample?: number;
  readonly seed: number;
  readonly preset?: 'spark';
  /** A string, false for --no-filter, true or absent when neither was given. */
  readonly filter?: string | boolean;
  readonly decode?: 'exact' | 'auto' | 'fast';
  readonly icc?: 'apply' | 'ignore';
  readonly orient: boolean;
  readonly fit?: Fit;
  readonly kernel?: Kernel;
  readonly alpha: readonly [number, number, number] | null;
  readonly avif: boolean;
  readonly maxBytes: number;
  readonly maxPixels: number;
  readonly maxFrames: number;
  readonly model: string;
  readonly precision?: string;
  readonly engine?: 'onnx' | 'tfjs';
  readonly top: number;
  readonly columns: ExtraColumn[];
  readonly annotate: boolean;
  readonly maxFailed: Allowance;
  readonly executors: number;
  readonly node: string;
  readonly progress: 'auto' | 'plain' | 'none';
  readonly quiet: boolean;
  readonly json: boolean;
}

const option = (flags: string, text: string) => new Option(flags, text);

/** In the order of the help text; README's table is made from these. */
export const runFlags: readonly { readonly group: string; readonly options: readonly Option[] }[] = [
  {
    group: 'Inputs:',
    options: [
      option('--all-files', 'take every file of a folder or archive, not only those named like images').default(false),
      option('-0, --null', 'names on standard input or in a list end in NUL, not in a newline').default(false),
      option('--sample <count>', 'so many inputs, drawn by chance but repeatably').argParser(parseCount(1)),
      option('--seed <number>', 'which sample is drawn').argParser(parseCount(0)).default(1),
      option('--except <output>', 'leave out what that output holds already'),
      option('--failed-of <output>', 'only the inputs that failed in that output'),
    ],
  },
  {
    group: 'Output:',
    options: [
      option(
        '--out <folder>',
        'where the rows go; - for standard output; without it the first rows are shown and nothing is kept',
      ),
      option('--format <format>', 'of the rows').choices(['parquet', 'jsonl', 'csv']).default('parquet'),
      option(
        '--columns <names>',
        'more columns: data, data_as_array, data_as_resized_array, predictions, embedding, provenance',
      )
        .argParser(parseColumns)
        .default([], 'none'),
      option('--annotate', 'write each picture with its label into annotated/').default(false),
      option('--overwrite', "replace the output's earlier job").default(false),
      option('--max-failed <allowance>', 'exit with 3 when more inputs failed: a share (0.5, 50%) or a count')
        .argParser(parseAllowance)
        .default({ kind: 'share', share: 0.5 } satisfies Allowance, '50%'),
    ],
  },
  {
    group: 'Pictures:',
    options: [
      option('--preset <name>', 'spark: the rules of the Spark recipe to the letter').choices(['spark']),
      option('--filter <expression>', "keep what this holds for, e.g. 'nChannels > 2 AND height < 1000'"),
      option('--no-filter', "switch a preset's filter off"),
      option(
        '--decode <road>',
        'exact: full decode, exact resize; auto: the fastest that agrees with it; fast (default: auto; spark: exact)',
      ).choices(['exact', 'auto', 'fast']),
      option('--icc <rule>', 'colour profiles (default: apply; spark: ignore)').choices(['apply', 'ignore']),
      option('--no-orient', 'leave EXIF orientation alone'),
      option('--fit <fit>', "stretch, crop:RATIO, contain or cover (default: the model's own)").argParser(
        parseFitOption,
      ),
      option('--kernel <kernel>', "nearest, bilinear, bicubic or lanczos (default: the model's own)").argParser(
        parseKernel,
      ),
      option('--alpha <rule>', 'drop, or the colour #rrggbb that shows through')
        .argParser(parseAlpha)
        .default(null, 'drop'),
      option('--avif', 'take AVIF pictures too').default(false),
      option('--max-bytes <size>', 'larger files fail as too_large')
        .argParser(parseBytes)
        .default(defaultPipeline.limits.bytes, '256M'),
      option('--max-pixels <pixels>', 'larger pictures fail as too_many_pixels')
        .argParser(parsePixels)
        .default(defaultPipeline.limits.pixels, '50M'),
      option('--max-frames <count>', 'longer animations fail as too_many_frames')
        .argParser(parseCount(1))
        .default(defaultPipeline.limits.frames),
    ],
  },
  {
    group: 'Model:',
    options: [
      option('--model <name>', 'bundled or pulled model, or the path of a package').default(defaultModel),
      option('--precision <precision>', "int8, fp32 … (default: the package's own)"),
      option('--engine <engine>', 'what runs it (default: onnx where the package has it)').choices(['onnx', 'tfjs']),
      option('--top <count>', 'labels a row').argParser(parseCount(1)).default(defaultPipeline.top),
    ],
  },
  {
    group: 'Running:',
    options: [
      option('--executors <count>', 'processes that decode and predict')
        .argParser(parseCount(1))
        .default(availableParallelism(), 'one per core'),
      option('--node <name>', "this machine's name on the rows").default(hostname(), "the host's"),
      option('--progress <how>', 'auto draws on a terminal; plain prints a line every 10 s')
        .choices(['auto', 'plain', 'none'])
        .default('auto'),
      option('-q, --quiet', 'no progress, no summary').default(false),
      option('--json', 'one JSON object on standard output at the end').default(false),
    ],
  },
];
