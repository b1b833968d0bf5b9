import type { Cursor, Listed } from '../source.js';
import type { ByteString } from '../uri.js';
import { abortable } from './abortable.js';
import { countOf } from './counted-cursor.js';
import { locateNamed } from './file-source.js';
import { isFileUri, lineEntries } from './line-entries.js';
import { closeQuietly, openRegular } from './open-regular.js';
import type { OwnedSource } from './owned-source.js';

const chunkBytes = 65_536;

export interface ListOptions {
  /** Paths end in NUL rather than in a newline. */
  readonly nul: boolean;
  /** Absolute; what relative paths are relative to. */
  readonly cwd: ByteString;
}

/** The paths of a file, in its order, one entry each. Cursors are byte offsets. Throws ImgdError when the list is away. */
export function listSource(path: ByteString, { nul, cwd }: ListOptions): OwnedSource {
  return {
    ignored: 0,
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const start = countOf(after);
      for await (const { entry, end } of lineEntries(fileChunks(path, start, signal), { start, nul, cwd }, signal)) {
        yield { entry, cursor: String(end) };
        signal.throwIfAborted();
      }
    },
    locate: locateNamed,
    owns: isFileUri,
    async close() {},
  };
}

async function* fileChunks(path: ByteString, start: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await openRegular(path, 'list', signal);
  try {
    for (let offset = start; ; ) {
      const chunk = Buffer.allocUnsafeSlow(chunkBytes);
      const { bytesRead } = await abortable(file.handle.read(chunk, 0, chunkBytes, offset), signal);
      if (bytesRead === 0) return;
      offset += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    closeQuietly(file);
  }
}
