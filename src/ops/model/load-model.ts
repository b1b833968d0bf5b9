import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImgdError } from '../../base/errors.js';
import type { Label, ModelContract } from './contract.js';
import { hashBytes, hashFile } from './hash-file.js';
import { parseLabels } from './labels.js';
import { type Manifest, type PackageFile, parseManifest, type Variant } from './manifest.js';
import { parseFit } from './parse-fit.js';
import { shardPaths } from './tfjs-files.js';

export { findModel } from './find-model.js';

export interface LoadOptions {
  /** Undefined: the package's default. */
  readonly precision?: string | undefined;
  readonly engine?: 'onnx' | 'tfjs' | undefined;
  /** Read every file of the variant and compare its SHA-256; sizes are compared always. */
  readonly verify: boolean;
}

/** A contract and the package that it comes from. Plain data: it can be sent to another process. */
export type LoadedModel = ModelContract & { readonly folder: string; readonly manifest: Manifest };

/** The package's manifest alone. Throws `not_found` where there is no `model.json`, `invalid_model` where it is wrong. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'model.json');
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
    throw new ImgdError(missing ? 'not_found' : ImgdError.from(cause).code, `no readable model.json in ${folder}`, {
      hint: 'a model package is a folder with model.json; `imgctl models init FILE.onnx --labels FILE` makes one',
      cause,
    });
  });
  return parseManifest(text, path);
}

/**
 * Chooses a variant of the package in `folder`, checks its files and resolves them. Throws `usage` for a precision or
 * engine that the package hasn't, `invalid_model` for a file that is missing, of another size or of another content.
 */
export async function loadModel(folder: string, options: LoadOptions): Promise<LoadedModel> {
  const root = resolve(folder);
  const manifest = await readManifest(root);
  const variant = chooseVariant(manifest, options);
  const labels = await readLabels(root, manifest);
  for (const file of variant.files) await checkFile(root, file, options.verify);
  if (variant.engine === 'tfjs') await checkShards(root, variant);
  const { mean, scale } = manifest.input;
  return {
    name: manifest.name,
    precision: variant.precision,
    engine: variant.engine,
    file: join(root, variant.files[0]!.path),
    sha256: identity(manifest, variant),
    input: { ...manifest.input, mean: mean ?? [0, 0, 0], scale: scale ?? [1, 1, 1] },
    fit: parseFit(manifest.fit)!,
    kernel: manifest.kernel,
    output: manifest.output,
    embedding: manifest.embedding ?? null,
    labels,
    folder: root,
    manifest,
  };
}

/** The precision asked for, else the default; among equals the package's own order (an engine alone may change the precision). */
function chooseVariant(manifest: Manifest, { precision, engine }: LoadOptions): Variant {
  const fits = manifest.variants.filter(
    (one) =>
      (precision === undefined || one.precision === precision) && (engine === undefined || one.engine === engine),
  );
  const chosen = fits.find((one) => one.precision === (precision ?? manifest.default)) ?? fits[0];
  if (chosen !== undefined) return chosen;
  const wanted = [precision, engine].filter((word) => word !== undefined).join(' on ');
  const there = manifest.variants.map((one) => `${one.precision} on ${one.engine}`).join(', ');
  throw new ImgdError('usage', `the model ${manifest.name} has no variant ${wanted}`, { hint: `it has ${there}` });
}

async function readLabels(root: string, manifest: Manifest): Promise<Label[]> {
  const path = join(root, manifest.labels.path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw broken(`${manifest.name}: the labels are missing: ${path}`, cause);
  });
  if (hashBytes(bytes) !== manifest.labels.sha256)
    throw broken(`${manifest.name}: ${path} is not the labels file that model.json names (another SHA-256)`);
  const labels = parseLabels(bytes.toString('utf8'), path);
  if (labels.length === manifest.output.classes) return labels;
  throw broken(
    `${manifest.name}: ${path} has ${labels.length} labels, the model has ${manifest.output.classes} classes`,
  );
}

async function checkFile(root: string, file: PackageFile, verify: boolean): Promise<void> {
  const path = join(root, file.path);
  const info = await stat(path).catch((cause: unknown) => {
    throw broken(`a file of the model is missing: ${path}`, cause);
  });
  if (!info.isFile()) throw broken(`${path} is not a file`);
  if (info.size !== file.bytes) throw broken(`${path} has ${info.size} bytes, model.json says ${file.bytes}`);
  if (!verify) return;
  const found = await hashFile(path);
  if (found !== file.sha256) throw broken(`${path} has the SHA-256 ${found}, model.json says ${file.sha256}`);
}

/** A shard that model.json doesn't name would be neither verified nor a part of the identity. */
async function checkShards(root: string, variant: Variant): Promise<void> {
  const named = new Set(variant.files.map((file) => file.path));
  for (const path of await shardPaths(root, variant.files[0]!.path))
    if (!named.has(path)) throw broken(`${variant.files[0]!.path} needs ${path}, which model.json does not list`);
}

/** Equal exactly where the scores are: the files by content, the labels, and how pixels become the input. */
function identity(manifest: Manifest, variant: Variant): string {
  const { input, fit, kernel, output, embedding, labels } = manifest;
  const files = variant.files.map((file) => [file.path, file.sha256]);
  return hashBytes(
    JSON.stringify([variant.engine, files, labels.sha256, input, fit, kernel, output, embedding ?? null]),
  );
}

const broken = (message: string, cause?: unknown) =>
  new ImgdError('invalid_model', message, {
    hint: 'pull or copy the package again; `imgctl models verify` checks all of it',
    cause,
  });
