import { posix } from 'node:path';
import type { Failure } from '../../ops/row.js';
import type { Entry } from '../source.js';
import { type ByteString, byteString, bytesOf, encodeBytes, filePathOf } from '../uri.js';
import { abortable } from './abortable.js';
import { fileEntry, refusedEntry, statBatch } from './file-entry.js';
import { type Line, pathLines } from './path-lines.js';

const badAddress: Failure = { code: 'invalid_path', message: 'It is not a file:/// address of this machine.' };

export interface LineEntry {
  readonly entry: Entry;
  /** Bytes of the stream up to and with this entry's line. */
  readonly end: number;
}

/**
 * One entry for each line that is not blank: a path, relative ones below `cwd`, or a file:/// address. Lines are looked up as
 * they come; a slow writer does not hold back what it has written. Throws what the chunks throw, and the signal's reason.
 */
export async function* lineEntries(
  chunks: AsyncIterable<Buffer>,
  options: { readonly start: number; readonly nul: boolean; readonly cwd: ByteString },
  signal: AbortSignal,
): AsyncGenerator<LineEntry> {
  for await (const lines of pathLines(chunks, options.start, options.nul)) {
    for (let at = 0; at < lines.length; at += statBatch) {
      signal.throwIfAborted();
      const batch = lines.slice(at, at + statBatch);
      const entries = batch.map(async (line: Line) => ({
        entry: await lineEntry(line.bytes, options.cwd),
        end: line.end,
      }));
      yield* await abortable(Promise.all(entries), signal);
    }
  }
}

async function lineEntry(line: Buffer, cwd: ByteString): Promise<Entry> {
  const text = byteString(line);
  if (/^file:/i.test(text)) {
    try {
      return await fileEntry(bytesOf(posix.resolve(filePathOf(text))));
    } catch {
      return refusedEntry(`file://${encodeBytes(text.replace(/^file:\/*/i, '/'))}`, badAddress);
    }
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined) return await fileEntry(bytesOf(posix.resolve(cwd, text)));
  const uri = text.replace(/[^\x21-\x7e]/g, encodeBytes);
  return refusedEntry(uri, {
    code: 'invalid_path',
    message: `Addresses that begin with ${scheme}: can't be read from a list.`,
  });
}

/** A list may name any file. */
export const isFileUri = (uri: string): boolean => uri.startsWith('file:///');
