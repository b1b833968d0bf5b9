import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImgdError } from '../../base/errors.js';
import { type Catalog, type CatalogEntry, catalogEntry, readCatalog } from './catalog.js';
import type { DownloadOptions } from './download.js';
import { fetchFile } from './fetch-file.js';
import { bundledModels, defaultModel } from './find-model.js';
import { hashFile } from './hash-file.js';
import { readManifest } from './load-model.js';
import type { Manifest, PackageFile, Variant } from './manifest.js';

export interface PullOptions {
  /** Undefined: the package's default. */
  readonly precision?: string | undefined;
  /** A mirror's base URL, a file's own URL, a local file or a local folder, instead of the catalog's source. */
  readonly from?: string | undefined;
  /** Folder that gets the package's folder. */
  readonly dest: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((received: number, total: number, file: string) => void) | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly catalog?: Catalog | undefined;
  readonly network?: Partial<Pick<DownloadOptions, 'attempts' | 'pauseMs' | 'idleMs' | 'ca'>> | undefined;
}

export interface Pulled {
  readonly name: string;
  readonly precision: string;
  readonly folder: string;
  /** True: it was there already, whole and verified. */
  readonly already: boolean;
}

/**
 * Brings a package of the catalog into `dest`, verified. A new package appears by one rename of its finished folder; a
 * further precision of one that is there becomes visible by the rename of its `model.json`. What a broken download has
 * brought stays in `.<name>.partial` and is gone on with. Throws `unavailable` (no network), `data_loss` (other bytes),
 * `usage`, `not_found`, `conflict` (the folder holds something else); hints say what to do by hand.
 */
export async function pull(name: string, options: PullOptions): Promise<Pulled> {
  const catalog = options.catalog ?? (await readCatalog());
  const entry = catalogEntry(catalog, name);
  const variant = chosen(entry, options.precision);
  const dest = resolve(options.dest);
  const folder = join(dest, name);
  const present = await presentVariants(folder, entry);
  const done = { name, precision: variant.precision, folder };
  if (present?.includes(variant.precision) && (await isWhole(folder, variant, options.signal)))
    return { ...done, already: true };

  const staging = join(dest, `.${name}.partial`);
  await mkdir(staging, { recursive: true });
  for (const file of variant.files) {
    const plan = { file, remote: entry.remote[file.path]!, source: catalog.source, from: options.from };
    await fetchFile(plan, join(staging, file.path), downloadOptions(file, options));
  }
  await copyLabels(staging, entry.model);

  const kept = new Set([...(present ?? []), variant.precision]);
  const manifest = partial(entry.model, kept, variant.precision);
  await writeFile(join(staging, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (present === null) await rename(staging, folder);
  else {
    const files = [...variant.files.map((file) => file.path), manifest.labels.path, 'model.json'];
    for (const file of files) await rename(join(staging, file), join(folder, file)); // model.json last: it commits
    await rm(staging, { recursive: true });
  }
  return { ...done, already: false };
}

/** A silent connection is given up after 30 s; five failures in a row without a new byte end the download. */
const downloadOptions = (file: PackageFile, options: PullOptions): DownloadOptions => ({
  attempts: 5,
  pauseMs: 500,
  idleMs: 30_000,
  ...options.network,
  env: options.env ?? process.env,
  signal: options.signal,
  onProgress: (received) => options.onProgress?.(received, file.bytes, file.path),
});

function chosen({ model }: CatalogEntry, precision = model.default): Variant {
  const found = model.variants.find((one) => one.precision === precision);
  if (found !== undefined) return found;
  const there = model.variants.map((one) => one.precision).join(', ');
  throw new ImgdError('usage', `${model.name} has no precision '${precision}'`, { hint: `it has ${there}` });
}

/** Precisions of the package in `folder`, null where there is no folder. */
async function presentVariants(folder: string, { model }: CatalogEntry): Promise<string[] | null> {
  if (!(await stat(folder).catch(() => null))) return null;
  const found = await readManifest(folder).catch(() => null);
  const same = found?.variants.every((one) =>
    model.variants.some(
      (other) => other.precision === one.precision && other.files[0]!.sha256 === one.files[0]!.sha256,
    ),
  );
  if (found !== null && same === true && found.name === model.name) return found.variants.map((one) => one.precision);
  throw new ImgdError('conflict', `${folder} holds something else than the catalog's ${model.name}`, {
    hint: 'move it away, or give another --dest',
  });
}

async function isWhole(folder: string, variant: Variant, signal: AbortSignal): Promise<boolean> {
  for (const file of variant.files) {
    const info = await stat(join(folder, file.path)).catch(() => null);
    if (info?.size !== file.bytes || (await hashFile(join(folder, file.path), signal)) !== file.sha256) return false;
  }
  return true;
}

/** The manifest with the variants that are on disk; the catalog's default where it is one of them. */
function partial(model: Manifest, kept: ReadonlySet<string>, pulled: string): Manifest {
  const variants = model.variants.filter((one) => kept.has(one.precision));
  return { ...model, variants, default: kept.has(model.default) ? model.default : pulled };
}

/** Every package of the catalog tells the same 1,000 classes in the same order as the bundled model. */
async function copyLabels(staging: string, model: Manifest): Promise<void> {
  const path = join(staging, model.labels.path);
  await copyFile(join(bundledModels(), defaultModel, 'labels.txt'), path);
  if ((await hashFile(path)) !== model.labels.sha256)
    throw new ImgdError('invalid_model', 'the bundled labels.txt is not the one that the catalog names', {
      hint: 'install imgd again',
    });
}
