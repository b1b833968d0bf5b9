import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ImgdError } from '../../base/errors.js';
import type { Failure } from '../../ops/row.js';
import { type ByteString, bytesOf, displayPath } from '../uri.js';
import { abortable } from './abortable.js';
import { closeQuietly, openRegular } from './open-regular.js';
import { readFully } from './read-fully.js';
import type { ArchiveBytes } from './tar-members.js';

export interface SpoolOptions {
  /** Folder for the unpacked archive. */
  readonly dir: string;
  /** An archive that unpacks to more is refused. */
  readonly maxBytes: number;
}

export interface ArchiveSpool extends ArchiveBytes {
  /** The unpacked archive, as far as it goes; absolute. */
  readonly path: string;
  /** Stops unpacking and deletes the file. */
  close(): Promise<void>;
}

const gibibyte = 2 ** 30;

/** How far an archive may unpack: photographs hardly shrink, so 200 times its size is no archive of photographs. */
export const expansionLimit = (packedBytes: number, maxBytes: number): number =>
  Math.min(maxBytes, Math.max(gibibyte, 200 * packedBytes));

/**
 * Unpacks a gzip file once, in the background, into a private file (0600, random name), and serves reads of what is there
 * already. Reads of what is not wait. What ends it early: `broken` gzip data is an end of the bytes; an archive over the limit,
 * a full disk and `close` reject waiting and later reads of what was not unpacked, with ImgdError.
 */
export async function openArchiveSpool(
  path: ByteString,
  options: SpoolOptions,
  signal: AbortSignal,
): Promise<ArchiveSpool> {
  const packed = await openRegular(path, 'archive', signal);
  const spoolPath = resolve(options.dir, `imgd-${randomUUID()}.tar`);
  let spool: FileHandle;
  try {
    spool = await open(spoolPath, 'wx+', 0o600);
  } catch (error) {
    closeQuietly(packed);
    throw spoolError(error, options.dir);
  }

  const limit = expansionLimit(packed.size, options.maxBytes);
  const stop = new AbortController();
  const progress = new EventEmitter().setMaxListeners(0);
  let spooled = 0;
  let end: 'no' | 'whole' | Failure | ImgdError = 'no';

  let firstError: unknown; // pipeline may report the abort of its other streams instead
  const append = async (chunks: AsyncIterable<Buffer>) => {
    try {
      for await (const chunk of chunks) {
        if (spooled + chunk.length > limit) throw tooFar(path, limit);
        for (let done = 0; done < chunk.length; ) {
          done += (await spool.write(chunk, done, chunk.length - done, spooled + done)).bytesWritten;
        }
        spooled += chunk.length;
        progress.emit('more');
      }
    } catch (error) {
      firstError = error;
      throw error;
    }
  };
  const input = packed.handle.createReadStream({ autoClose: false, highWaterMark: 1 << 18 });
  const unpacking = pipeline(input, createGunzip({ chunkSize: 1 << 18 }), append, { signal: stop.signal })
    .then(() => 'whole' as const)
    .catch((error) => endOf(firstError ?? error, options.dir))
    .then((outcome) => {
      end = outcome;
      closeQuietly(packed);
      progress.emit('more');
    });

  /** Waits until the bytes are there or never will be. */
  const reach = async (bytes: number, signal: AbortSignal) => {
    while (spooled < bytes && end === 'no') {
      signal.throwIfAborted();
      await abortable(once(progress, 'more'), signal);
    }
    if (spooled < bytes && end instanceof ImgdError) throw end;
  };

  return {
    path: spoolPath,
    version: packed.version,
    get broken() {
      return typeof end === 'object' && !(end instanceof ImgdError) ? end : undefined;
    },
    async read(offset, length, signal) {
      await reach(offset + length, signal);
      const there = Math.max(0, Math.min(length, spooled - offset));
      return await abortable(readFully(spool, offset, there), signal);
    },
    async holds(bytes, signal) {
      await reach(bytes, signal);
      return spooled >= bytes;
    },
    async close() {
      stop.abort(new ImgdError('cancelled', 'the archive was closed'));
      await unpacking;
      await spool.close();
      await unlink(spoolPath).catch(() => {}); // already gone: that is what was wanted
    },
  };
}

function endOf(error: unknown, dir: string): Failure | ImgdError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'Z_BUF_ERROR') return { code: 'truncated', message: 'the gzip data ends too early' };
  if (code.startsWith('Z_')) return { code: 'corrupt', message: 'the gzip data is damaged' };
  return spoolError(error, dir);
}

function spoolError(error: unknown, dir: string): ImgdError {
  const known = ImgdError.from(error);
  if (known === error || known.code === 'cancelled') return known;
  return new ImgdError(known.code, `unpacking an archive into ${dir} failed: ${known.message}`, {
    hint: 'Unpack it yourself and give the folder, or set TMPDIR to a folder with room.',
    cause: error,
  });
}

const tooFar = (path: ByteString, limit: number): ImgdError =>
  new ImgdError(
    'resource_exhausted',
    `${displayPath(bytesOf(path))} unpacks to more than ${limit.toLocaleString('en')} bytes, which no archive of photographs does`,
    { hint: 'If it is one nevertheless, unpack it yourself and give the folder.' },
  );
