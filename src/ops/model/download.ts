import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImgdError } from '../../base/errors.js';
import { hashFile } from './hash-file.js';
import { type GetOptions, httpGet } from './http-get.js';

export interface DownloadOptions extends Omit<GetOptions, 'headers'> {
  /** Connections that may fail in a row, without one new byte, before the download does. */
  readonly attempts: number;
  /** Pause before another connection, milliseconds; doubled each time. */
  readonly pauseMs: number;
  readonly onProgress?: ((received: number) => void) | undefined;
}

export interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Downloads `url` into `path`, going on where an earlier call stopped, and checks size and SHA-256. A resumed file with a
 * wrong SHA-256 is fetched once more from the start. Throws `data_loss` for other bytes than the expected ones (which are
 * removed), `unavailable` when the network fails; what has arrived then stays for the next call.
 */
export async function download(url: string, path: string, expected: Expected, options: DownloadOptions): Promise<void> {
  const resumed = await transfer(url, path, expected, options);
  if ((await hashFile(path, options.signal)) === expected.sha256) return;
  await rm(path);
  if (resumed) {
    await transfer(url, path, expected, options);
    if ((await hashFile(path, options.signal)) === expected.sha256) return;
    await rm(path);
  }
  throw new ImgdError('data_loss', `${url} is not the pinned file: its SHA-256 is not ${expected.sha256}`, {
    hint: 'the server or a mirror holds another file; use another --from',
  });
}

/** Appends until the size is reached; true where bytes of an earlier call were kept. */
async function transfer(url: string, path: string, { bytes }: Expected, options: DownloadOptions): Promise<boolean> {
  let resumed = false;
  let have = await sizeOf(path);
  if (have > bytes) {
    await rm(path);
    have = 0;
  }
  resumed = have > 0;
  for (let failures = 0; have < bytes; ) {
    options.onProgress?.(have);
    const before = have;
    try {
      if (!(await receive(url, path, have, bytes, options))) resumed = false;
      have = await sizeOf(path);
      if (have < bytes)
        throw new ImgdError('unavailable', `${url}: the connection ended after ${have} of ${bytes} bytes`);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof ImgdError) || error.code !== 'unavailable') throw error;
      have = await sizeOf(path);
      failures = have > before ? 1 : failures + 1;
      if (failures >= options.attempts) throw error;
      await sleep(options.pauseMs * 2 ** (failures - 1), undefined, { signal: options.signal });
    }
  }
  options.onProgress?.(have);
  return resumed;
}

/** One connection. False where the server doesn't do ranges and the file was begun anew. */
async function receive(
  url: string,
  path: string,
  have: number,
  bytes: number,
  options: DownloadOptions,
): Promise<boolean> {
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await httpGet(url, { ...options, headers: { ...headers, 'accept-encoding': 'identity' } });
  const ranged = response.statusCode === 206;
  try {
    if (response.statusCode === 416) {
      await rm(path, { force: true });
      throw new ImgdError('unavailable', `${url} has no bytes after ${have}`);
    }
    if (response.statusCode !== 200 && !ranged) throw refusal(url, response.statusCode ?? 0);
    const total = announced(response, ranged, have);
    if (total !== null && total !== bytes)
      throw new ImgdError('data_loss', `${url} is not the pinned file: it has ${total} bytes, not ${bytes}`, {
        hint: 'the server or a mirror holds another file; use another --from',
      });
    await save(response, path, ranged ? have : 0, bytes, options);
    return ranged || have === 0;
  } finally {
    response.destroy();
  }
}

/** The whole file's size by the headers, null where they don't say. */
function announced(response: IncomingMessage, ranged: boolean, have: number): number | null {
  if (ranged) {
    const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
    if (match === null || Number(match[1]) !== have)
      throw new ImgdError('unavailable', 'the server answered with another range than the one asked for');
    return match[2] === '*' ? null : Number(match[2]);
  }
  const length = response.headers['content-length'];
  return length === undefined ? null : Number(length);
}

/** `unavailable` is what trying again may change. */
function refusal(url: string, status: number): ImgdError {
  const later = status === 408 || status === 429 || status >= 500;
  const closed = status === 401 || status === 403;
  const code = later ? 'unavailable' : closed ? 'permission_denied' : 'not_found';
  return new ImgdError(code, `${url} answers with the status ${status}`);
}

/** Body to the file from `start` on; never more than `bytes` in total. Everything that arrived is on disk afterwards. */
async function save(
  response: IncomingMessage,
  path: string,
  start: number,
  bytes: number,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const out = createWriteStream(path, { flags: start === 0 ? 'w' : 'a' });
  const closed = new Promise<void>((resolve) => out.once('close', resolve));
  let size = start;
  let cut: unknown; // kept apart, so that a broken connection still ends the file in good order
  const body = async function* () {
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        if (size + chunk.length > bytes)
          throw new ImgdError('data_loss', `the server sends more than the ${bytes} bytes of the pinned file`);
        size += chunk.length;
        yield chunk;
        onProgress?.(size);
      }
    } catch (error) {
      cut = error;
    }
  };
  try {
    await pipeline(body, out);
  } catch (cause) {
    throw ImgdError.from(cause); // the disk's own trouble: full, or not writable
  } finally {
    await closed;
  }
  if (cut === undefined) return sync(path);
  signal.throwIfAborted();
  if (cut instanceof ImgdError) throw cut;
  throw new ImgdError('unavailable', `the connection broke after ${size} bytes: ${(cut as Error).message}`, {
    cause: cut,
  });
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (info) => info.size,
    () => 0,
  );
