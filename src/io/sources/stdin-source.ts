import type { Readable } from 'node:stream';
import { ImgdError } from '../../base/errors.js';
import type { Cursor, Listed } from '../source.js';
import { abortable } from './abortable.js';
import { countOf } from './counted-cursor.js';
import { locateNamed } from './file-source.js';
import { isFileUri, lineEntries } from './line-entries.js';
import type { ListOptions } from './list-source.js';
import type { OwnedSource } from './owned-source.js';

/**
 * The paths of a stream, in its order, one entry each. It is read once: a second `list` throws ImgdError `usage`. Cursors count
 * entries; after one, so many entries of the stream are skipped: it must be the same stream again, and one that ends before
 * is refused (`usage`). The end of the listing, however it comes, destroys the stream.
 */
export function stdinSource(stream: Readable, { nul, cwd }: ListOptions): OwnedSource {
  let isRead = false;
  return {
    ignored: 0,
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const skip = countOf(after);
      if (isRead) throw new ImgdError('usage', 'standard input can be read only once');
      isRead = true;
      let ordinal = 0;
      for await (const { entry } of lineEntries(streamChunks(stream, signal), { start: 0, nul, cwd }, signal)) {
        ordinal++;
        if (ordinal > skip) yield { entry, cursor: String(ordinal) };
        signal.throwIfAborted();
      }
      if (ordinal < skip) {
        throw new ImgdError('usage', `standard input ended after ${ordinal} paths; an earlier run has read ${skip}`, {
          hint: 'Give it the same paths again, all of them.',
        });
      }
    },
    locate: locateNamed,
    owns: isFileUri,
    async close() {
      stream.destroy();
    },
  };
}

async function* streamChunks(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await abortable(chunks.next(), signal);
      if (done === true) return;
      yield typeof value === 'string' ? Buffer.from(value) : value;
    }
  } finally {
    stream.destroy(); // rather than return(): that would wait for a chunk that may never come
  }
}
