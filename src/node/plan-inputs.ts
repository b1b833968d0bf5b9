/** What a run would find, from the headers alone: nothing is decoded, and memory doesn't grow with the number of files. */
import { Semaphore } from '../base/semaphore.js';
import type { Entry, Source } from '../io/source.js';
import type { Filter } from '../ops/filter/compile.js';
import { filterRecord } from '../ops/filter/fields.js';
import type { Header } from '../ops/header.js';
import type { PipelineOptions } from '../ops/options.js';
import { type Failure, type FailureCode, isFailure } from '../ops/row.js';
import { type CostedModel, pictureCost, readCost } from './picture-cost.js';
import { createQuantileSketch, type QuantileSketch } from './quantile-sketch.js';
import { type HeaderRead, readHeader } from './read-header.js';

export interface Examples {
  readonly count: number;
  /** The first origins in listing order. */
  readonly examples: readonly string[];
}

interface FormatSurvey {
  readonly count: number;
  readonly bytes: number;
  readonly pixels: QuantileSketch;
}

const oddities = ['cmyk', 'deep', 'rotated', 'animated', 'profile', 'alpha'] as const;
/** `deep`: 16 bits a sample or more. `profile`: a colour profile that may change colours. */
export type Oddity = (typeof oddities)[number];

export interface InputSurvey {
  readonly accepted: number;
  /** Files that the listing passed over. */
  readonly ignored: number;
  /** Of all inputs whose size is known. */
  readonly bytes: number;
  /** What reading the headers took. */
  readonly bytesRead: number;
  readonly formats: ReadonlyMap<string, FormatSurvey>;
  readonly pixels: QuantileSketch;
  readonly odd: ReadonlyMap<Oddity, Examples>;
  readonly failures: ReadonlyMap<FailureCode, Examples & { readonly message: string }>;
  /** Pictures that the filter keeps, and those it drops by the clause that is false. */
  readonly kept: number;
  readonly dropped: ReadonlyMap<string, Examples>;
  /** Milliseconds of one core that the run would take by the built-in cost model. */
  readonly costMs: number;
}

export interface SurveyOptions {
  readonly pipeline: PipelineOptions;
  readonly filter: Filter | null;
  readonly model: CostedModel;
  /** Called after each input, in listing order. */
  readonly onInput?: (accepted: number) => void;
}

const concurrency = 16;
const wholeFileBudget = 256 * 2 ** 20;
const examplesEach = 3;

/** Rejects with the signal's reason, and with ImgdError as the listing does. */
export async function planInputs(source: Source, options: SurveyOptions, signal: AbortSignal): Promise<InputSurvey> {
  const { limits, avif } = options.pipeline;
  const heading = { limits, avif, budget: new Semaphore(wholeFileBudget) };
  const survey = createSurvey(options);
  const waiting: { entry: Entry; found: Promise<HeaderRead> }[] = [];
  const settle = async () => {
    const next = waiting.shift()!;
    survey.add(next.entry, await next.found);
  };

  const inspect = async (entry: Entry): Promise<HeaderRead> => {
    if (entry.refused !== undefined) return { header: entry.refused, read: 0 };
    const location = await source.locate(entry, signal);
    if (isFailure(location)) return { header: location, read: 0 };
    return await readHeader(location, entry.size, heading, signal);
  };

  for await (const { entry } of source.list(undefined, signal)) {
    const found = inspect(entry);
    found.catch(() => {}); // it is thrown when its turn comes
    waiting.push({ entry, found });
    if (waiting.length >= concurrency) await settle();
  }
  while (waiting.length > 0) await settle();
  return survey.finish(source.ignored);
}

function createSurvey({ pipeline, filter, model, onInput }: SurveyOptions) {
  let accepted = 0;
  let bytes = 0;
  let bytesRead = 0;
  let kept = 0;
  let costMs = 0;
  const formats = new Map<string, { count: number; bytes: number; pixels: QuantileSketch }>();
  const pixels = createQuantileSketch();
  const odd = new Map<Oddity, Counting>();
  const failures = new Map<FailureCode, Counting & { readonly message: string }>();
  const dropped = new Map<string, Counting>();

  function addPicture(header: Header, origin: string): void {
    const size = header.storedWidth * header.storedHeight;
    const format = formats.get(header.format) ?? { count: 0, bytes: 0, pixels: createQuantileSketch() };
    formats.set(header.format, format);
    format.count += 1;
    format.bytes += header.bytes;
    format.pixels.add(size);
    pixels.add(size);
    for (const name of oddities) if (isOdd[name](header)) count(odd, name, origin, {});
    const verdict = filter?.test(filterRecord(header, origin, pipeline)) ?? { keep: true as const };
    if (verdict.keep) {
      kept += 1;
      costMs += pictureCost(header, pipeline, model);
    } else {
      count(dropped, verdict.clause, origin, {});
    }
  }

  return {
    add(entry: Entry, { header, read }: HeaderRead): void {
      accepted += 1;
      bytes += entry.size ?? 0;
      bytesRead += read;
      costMs += readCost(entry.size ?? 0);
      if (isFailure(header)) addFailure(header, entry.uri);
      else addPicture(header, entry.uri);
      onInput?.(accepted);
    },
    finish: (ignored: number): InputSurvey => ({
      accepted,
      ignored,
      bytes,
      bytesRead,
      formats,
      pixels,
      odd,
      failures,
      kept,
      dropped,
      costMs,
    }),
  };

  function addFailure({ code, message }: Failure, origin: string): void {
    count(failures, code, origin, { message });
  }
}

const isOdd: Readonly<Record<Oddity, (header: Header) => boolean>> = {
  cmyk: ({ space }) => space === 'cmyk',
  deep: ({ depth }) => depth >= 16,
  rotated: ({ orientation }) => orientation > 1,
  animated: ({ frames }) => frames > 1,
  profile: ({ profile }) => profile === 'other',
  alpha: ({ hasAlpha }) => hasAlpha,
};

interface Counting {
  count: number;
  readonly examples: string[];
}

function count<K, T extends object>(into: Map<K, Counting & T>, key: K, origin: string, first: T): void {
  const group = into.get(key) ?? { count: 0, examples: [], ...first };
  into.set(key, group);
  group.count += 1;
  if (group.examples.length < examplesEach) group.examples.push(origin);
}
