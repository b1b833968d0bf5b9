import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ImgdError } from '../../base/errors.js';
import type { Engine } from '../engine.js';
import { topK } from '../top-k.js';
import type { ModelContract } from './contract.js';
import { hashBytes, hashFile } from './hash-file.js';
import type { LoadedModel } from './load-model.js';
import type { Golden, GoldenCase } from './manifest.js';

/**
 * The exact road: an image file decoded fully (no ICC, no orientation), fitted and resized as the contract says, to
 * RGB NHWC bytes, height × width × 3. Injected, because pixels are another module's.
 */
export type PixelsOf = (path: string, contract: ModelContract) => Promise<Uint8Array>;

/** Processors differ in the last bits; int8 networks multiply that by requantising. */
const tolerances: Readonly<Record<string, number>> = { fp32: 0.001, fp16: 0.001, int8: 0.05 };
const defaultTolerance = (precision: string): number =>
  tolerances[precision] ?? (precision.startsWith('int8') ? tolerances.int8! : tolerances.fp32!);

/** How many scores of a case are kept. */
const kept = 5;

interface GoldenResult {
  readonly image: string;
  /** What differs, one sentence each; empty: the case passed. */
  readonly problems: readonly string[];
  /** Greatest difference of the recorded scores; null where the image could not be scored. */
  readonly difference: number | null;
}

export interface GoldenReport {
  /** `absent`: the package has no golden vectors for this precision, so nothing was proven. */
  readonly status: 'passed' | 'failed' | 'absent';
  readonly cases: readonly GoldenResult[];
}

/** Runs every golden image of the package through `pixelsOf` and the engine, one at a time. A difference is a value. */
export async function checkGolden(engine: Engine, model: LoadedModel, pixelsOf: PixelsOf): Promise<GoldenReport> {
  const golden = model.manifest.golden;
  const tolerance = golden?.tolerances[model.precision] ?? defaultTolerance(model.precision);
  const cases: GoldenResult[] = [];
  for (const one of golden?.cases ?? []) {
    const expected = one.scores[model.precision];
    if (expected !== undefined) cases.push(await checkCase(engine, model, pixelsOf, one, expected, tolerance));
  }
  if (cases.length === 0) return { status: 'absent', cases };
  return { status: cases.every((one) => one.problems.length === 0) ? 'passed' : 'failed', cases };
}

async function checkCase(
  engine: Engine,
  model: LoadedModel,
  pixelsOf: PixelsOf,
  golden: GoldenCase,
  expected: readonly { readonly class: number; readonly score: number }[],
  tolerance: number,
): Promise<GoldenResult> {
  const { image } = golden;
  const path = join(model.folder, image);
  const failed = (problem: string): GoldenResult => ({ image, problems: [problem], difference: null });
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return failed(`${image} is missing from the package`);
  if ((await hashFile(path)) !== golden.sha256) return failed(`${image} is not the recorded image (another SHA-256)`);

  const problems: string[] = [];
  const pixels = await pixelsOf(path, engine.contract);
  if (hashBytes(pixels) !== golden.pixels)
    problems.push('decoding and resizing give other pixels than the recorded ones: fit, kernel or decoder differ');
  const { probabilities } = await engine.predict({ pixels, count: 1 });
  const best = topK(probabilities, 0, engine.contract.output.classes, 1);
  if (best === null) return { image, problems: [...problems, 'the scores are not numbers'], difference: null };
  const label = (index: number) => model.labels[index]?.label ?? `class ${index}`;
  const [top] = best.indices;
  if (top !== expected[0]!.class)
    problems.push(
      `the best class is ${label(top!)} (${best.scores[0]!.toFixed(3)}), recorded was ${label(expected[0]!.class)}`,
    );
  const differences = expected.map((one) => Math.abs((probabilities[one.class] ?? Number.NaN) - one.score));
  const difference = differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
  if (!(difference <= tolerance)) {
    const worst = expected[Math.max(0, differences.indexOf(difference))]!;
    problems.push(
      `${label(worst.class)} scores ${probabilities[worst.class]?.toFixed(4)}, recorded was ${worst.score.toFixed(4)} (tolerance ${tolerance}): channel order, mean, scale or layout may be wrong`,
    );
  }
  return { image, problems, difference };
}

/** Throws `invalid_model` unless the golden vectors passed or there are none. What a node does before it is ready. */
export async function requireGolden(engine: Engine, model: LoadedModel, pixelsOf: PixelsOf): Promise<GoldenReport> {
  const report = await checkGolden(engine, model, pixelsOf);
  if (report.status !== 'failed') return report;
  const problems = report.cases.flatMap((one) => one.problems.map((problem) => `${one.image}: ${problem}`));
  throw new ImgdError(
    'invalid_model',
    `${model.name} (${model.precision}, ${engine.name}) does not reproduce its golden vectors: ${problems.join('; ')}`,
    { hint: 'this machine would give other labels than the model was checked for; see `imgctl models verify`' },
  );
}

/**
 * Golden vectors of `images` (paths inside the package) as this engine gives them, joined with what the package has
 * recorded for other precisions. Throws `invalid_model` where an image has no usable scores.
 */
export async function recordGolden(
  engine: Engine,
  model: LoadedModel,
  images: readonly string[],
  pixelsOf: PixelsOf,
): Promise<Golden> {
  const before = model.manifest.golden;
  const cases: GoldenCase[] = [];
  for (const image of images) {
    const path = join(model.folder, image);
    const pixels = await pixelsOf(path, engine.contract);
    const { probabilities } = await engine.predict({ pixels, count: 1 });
    const best = topK(probabilities, 0, engine.contract.output.classes, kept);
    if (best === null)
      throw new ImgdError('invalid_model', `${model.name} gives scores that are not numbers for ${image}`, {
        hint: 'mean, scale or the kind of output may be wrong',
      });
    const scores = best.indices.map((index, i) => ({ class: index, score: Number(best.scores[i]!.toFixed(6)) }));
    const sha256 = await hashFile(path);
    const pixelHash = hashBytes(pixels);
    const old = before?.cases.find((one) => one.image === image && one.sha256 === sha256 && one.pixels === pixelHash);
    cases.push({ image, sha256, pixels: pixelHash, scores: { ...old?.scores, [model.precision]: scores } });
  }
  const tolerance = before?.tolerances[model.precision] ?? defaultTolerance(model.precision);
  return { tolerances: { ...before?.tolerances, [model.precision]: tolerance }, cases };
}
