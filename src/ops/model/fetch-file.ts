import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImgdError } from '../../base/errors.js';
import { type DownloadOptions, download } from './download.js';
import { hashFile } from './hash-file.js';
import type { PackageFile } from './manifest.js';

interface FetchPlan {
  readonly file: PackageFile;
  /** Path of the file under a mirror's base. */
  readonly remote: string;
  /** The catalog's base URL. */
  readonly source: string;
  /** Mirror base URL, file URL, local file or local folder. */
  readonly from: string | undefined;
}

/**
 * Puts one verified file at `target` (through `target.partial`). Throws as {@link download}; where only the network is
 * at fault, the hint says what to fetch by hand.
 */
export async function fetchFile(plan: FetchPlan, target: string, options: DownloadOptions): Promise<void> {
  const { file, from } = plan;
  const found = await stat(target).catch(() => null);
  if (found?.size === file.bytes && (await hashFile(target, options.signal)) === file.sha256) return;
  const partial = `${target}.partial`;
  if (from !== undefined && !/^https?:\/\//i.test(from)) await copyLocal(plan, from, partial, options.signal);
  else await downloadFirst(addresses(plan), partial, file, options);
  await rename(partial, target);
}

/** A URL of the file itself, or a mirror that keeps the catalog's folders or none. */
function addresses({ file, remote, source, from }: FetchPlan): string[] {
  const join2 = (base: string, path: string) => `${base.replace(/\/+$/, '')}/${path}`;
  if (from === undefined) return [join2(source, remote)];
  if (new URL(from).pathname.endsWith(`/${basename(file.path)}`)) return [from];
  return [join2(from, remote), join2(from, basename(file.path))];
}

async function downloadFirst(
  urls: readonly string[],
  partial: string,
  file: PackageFile,
  options: DownloadOptions,
): Promise<void> {
  for (const [i, url] of urls.entries()) {
    try {
      return await download(url, partial, file, options);
    } catch (error) {
      const elsewhere = error instanceof ImgdError && error.code === 'not_found' && i + 1 < urls.length;
      if (!elsewhere) throw byHand(error, url, file);
    }
  }
}

/** A failure of the network or the server, with everything that is needed to bring the file another way. */
function byHand(error: unknown, url: string, file: PackageFile): unknown {
  if (!(error instanceof ImgdError) || !['unavailable', 'not_found', 'permission_denied'].includes(error.code))
    return error;
  return new ImgdError(error.code, `${file.path} could not be downloaded: ${error.message}`, {
    hint: [
      `without a network: fetch ${url} on another machine (${file.bytes} bytes, SHA-256 ${file.sha256})`,
      'and give the file or its folder with --from PATH',
      'behind a proxy: set HTTPS_PROXY; with a mirror: --from URL; what has arrived is kept, and the same command goes on',
    ].join('; '),
    cause: error,
  });
}

async function copyLocal(
  { file, remote }: FetchPlan,
  from: string,
  partial: string,
  signal: AbortSignal,
): Promise<void> {
  const path = from.startsWith('file://') ? fileURLToPath(from) : resolve(from);
  const info = await stat(path).catch((cause: unknown) => {
    throw new ImgdError('not_found', `--from ${path} does not exist`, { cause });
  });
  const candidates = info.isDirectory() ? [join(path, remote), join(path, basename(file.path))] : [path];
  for (const candidate of candidates) {
    const there = await stat(candidate).catch(() => null);
    if (!there?.isFile()) continue;
    const wrong = (what: string) =>
      new ImgdError('data_loss', `${candidate} is not the pinned ${file.path}: ${what}`, {
        hint: `the file must have ${file.bytes} bytes and the SHA-256 ${file.sha256}`,
      });
    if (there.size !== file.bytes) throw wrong(`it has ${there.size} bytes`);
    await copyFile(candidate, partial);
    const sha256 = await hashFile(partial, signal);
    if (sha256 === file.sha256) return;
    await rm(partial);
    throw wrong(`its SHA-256 is ${sha256}`);
  }
  throw new ImgdError('not_found', `${path} holds no ${file.path}`, {
    hint: `looked for ${candidates.join(' and ')}; SHA-256 ${file.sha256}`,
  });
}
