import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { ImgdError } from '../../base/errors.js';
import type { Engine } from '../engine.js';
import { openSession, signatureOf } from '../engine-onnx.js';
import { openEngine } from '../open-engine.js';
import type { Template } from './catalog.js';
import { type Choices, describeNetwork } from './describe-network.js';
import { type PixelsOf, recordGolden } from './golden.js';
import { hashFile } from './hash-file.js';
import { parseLabels } from './labels.js';
import { loadModel } from './load-model.js';
import { describeIssues, type Manifest, manifestSchema, packageName } from './manifest.js';

export interface InitOptions extends Choices {
  readonly labels: string;
  /** Folder that gets the package's folder. */
  readonly dest: string;
  /** Undefined: the file's name. */
  readonly name?: string | undefined;
  /** Undefined: int8 where the file's name says so, else fp32. */
  readonly precision?: string | undefined;
  readonly template?: Template | undefined;
  /** Further files that the network opens: its external data. */
  readonly with?: readonly string[] | undefined;
  /** Images whose scores are recorded as golden vectors. */
  readonly golden?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly licence?: string | undefined;
  readonly pixelsOf: PixelsOf;
}

export interface Initialised {
  readonly folder: string;
  readonly manifest: Manifest;
  /** What was assumed or found out, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Makes a model package of an ONNX file: reads names, shapes and types from the network, finds out by trial runs whether
 * it gives probabilities or logits, copies the files and records golden vectors. The folder appears finished, by one
 * rename. Throws `usage` for what only a person knows, `conflict` where the folder is there, `invalid_model` otherwise.
 */
export async function initModel(file: string, options: InitOptions): Promise<Initialised> {
  const name = options.name ?? slug(basename(file, extname(file)));
  const named = packageName.safeParse(name);
  if (!named.success) throw new ImgdError('usage', `the name '${name}' ${named.error.issues[0]!.message}`);
  const folder = join(resolve(options.dest), name);
  if (await stat(folder).catch(() => null))
    throw new ImgdError('conflict', `${folder} is there already`, { hint: 'give another --name or --out' });
  const labels = parseLabels(await readText(options.labels), options.labels);

  const session = await openSession(resolve(file));
  const signature = signatureOf(session);
  await session.release();
  const described = describeNetwork(signature, options, options.template, labels.length);
  if (labels.length !== described.output.classes)
    throw new ImgdError(
      'invalid_model',
      `${options.labels} has ${labels.length} labels, the network has ${described.output.classes} classes`,
    );

  await mkdir(resolve(options.dest), { recursive: true });
  const staging = join(resolve(options.dest), `.${name}.init-${randomUUID()}`);
  await mkdir(staging);
  try {
    const precision = options.precision ?? (/int8|quant|qdq/i.test(basename(file)) ? 'int8' : 'fp32');
    const sources = [resolve(file), ...(options.with ?? []).map((path) => resolve(path))];
    const files = [];
    for (const source of sources) files.push(await bring(source, staging));
    const labelsFile = await bring(resolve(options.labels), staging, 'labels.txt');
    const { notes, ...parts } = described;
    const manifest = {
      name,
      description: options.description ?? `made from ${basename(file)}`,
      licence: options.licence ?? 'unknown',
      source: basename(file),
      default: precision,
      variants: [{ precision, engine: 'onnx', files }],
      ...parts,
      output: { ...described.output, kind: described.output.kind ?? 'probabilities' },
      labels: { path: labelsFile.path, sha256: labelsFile.sha256 },
    };
    const found: string[] = [...notes];
    let checked = check(manifest);
    await write(staging, checked);
    if (described.output.kind === null) {
      const kind = await outputKind(staging);
      found.push(`the output gives ${kind}, as trial runs show`);
      checked = { ...checked, output: { ...checked.output, kind } };
      await write(staging, checked);
    }
    if (options.golden !== undefined && options.golden.length > 0) {
      checked = { ...checked, golden: await goldenOf(staging, options.golden, options.pixelsOf) };
      await write(staging, checked);
    }
    await loadModel(staging, { verify: true });
    await rename(staging, folder);
    return { folder, manifest: checked, notes: found };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

function check(manifest: unknown): Manifest {
  const result = manifestSchema.safeParse(manifest);
  if (result.success) return result.data;
  throw new ImgdError('usage', describeIssues(result.error));
}

const write = (folder: string, manifest: Manifest): Promise<void> =>
  writeFile(join(folder, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);

async function bring(source: string, folder: string, path = basename(source)) {
  const target = join(folder, path);
  await copyFile(source, target).catch((cause: unknown) => {
    throw new ImgdError(ImgdError.from(cause).code, `${source} can't be copied: ${(cause as Error).message}`, {
      cause,
    });
  });
  return { path, bytes: (await stat(target)).size, sha256: await hashFile(target) };
}

const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ImgdError(ImgdError.from(cause).code, `the labels can't be read: ${(cause as Error).message}`, { cause });
  });

/**
 * Three runs on noise: rows between 0 and 1 that add up to 1 are probabilities; a value outside shows logits; anything
 * else (independent classes) is for a person to say.
 */
async function outputKind(folder: string): Promise<'probabilities' | 'logits'> {
  const engine = await openEngine(await loadModel(folder, { verify: false }), { embedding: false });
  try {
    const rows = [];
    for (const seed of [1, 2, 3]) rows.push(await trial(engine, seed));
    if (rows.flat().some((value) => !Number.isFinite(value)))
      throw new ImgdError('invalid_model', 'the network gives values that are not numbers for noise', {
        hint: 'mean or scale may be wrong; --kind probabilities|logits skips this trial',
      });
    if (rows.flat().some((value) => value < -1e-4 || value > 1 + 1e-4)) return 'logits';
    const sums = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
    if (sums.every((sum) => Math.abs(sum - 1) < 0.01)) return 'probabilities';
  } finally {
    await engine.close();
  }
  throw new ImgdError('usage', 'trial runs do not show what the output is: between 0 and 1, but not adding up to 1', {
    hint: 'give --kind probabilities (used as they are) or --kind logits (softmax is applied)',
  });
}

async function trial(engine: Engine, seed: number): Promise<number[]> {
  const { height, width } = engine.contract.input;
  let state = seed;
  const pixels = Uint8Array.from({ length: height * width * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    return state >>> 24;
  });
  return Array.from((await engine.predict({ pixels, count: 1 })).probabilities);
}

async function goldenOf(staging: string, images: readonly string[], pixelsOf: PixelsOf) {
  await mkdir(join(staging, 'golden'));
  const paths: string[] = [];
  for (const [i, image] of images.entries()) {
    const { path } = await bring(resolve(image), staging, `golden/${i + 1}-${basename(image).replace(/[\\:]/g, '_')}`);
    paths.push(path);
  }
  const model = await loadModel(staging, { verify: false });
  const engine = await openEngine(model, { embedding: false });
  try {
    return await recordGolden(engine, model, paths, pixelsOf);
  } finally {
    await engine.close();
  }
}

/** A package's name of a file's: `My Net.v2` to `my-net.v2`. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '') || 'model';
