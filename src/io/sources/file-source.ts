import type { Cursor, Entry, Listed } from '../source.js';
import { type ByteString, bytesOf, fileUri, pathOfUri } from '../uri.js';
import { abortable } from './abortable.js';
import { fileEntry, locateFile } from './file-entry.js';
import type { OwnedSource } from './owned-source.js';

/** A path named by the user: always one entry, whatever stands there. A link is followed wherever it leads. */
export function fileSource(path: ByteString): OwnedSource {
  const uri = fileUri(bytesOf(path));
  return {
    ignored: 0,
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      signal.throwIfAborted();
      if (after === undefined) yield { entry: await abortable(fileEntry(bytesOf(path)), signal), cursor: '1' };
    },
    locate: locateNamed,
    owns: (other) => other === uri,
    async close() {},
  };
}

/** Where the file of an entry is that the user has named, in an argument or a list. */
export async function locateNamed(entry: Entry, signal: AbortSignal) {
  if (entry.refused !== undefined) return entry.refused;
  signal.throwIfAborted();
  return locateFile(pathOfUri(entry.uri), entry.version, null);
}
