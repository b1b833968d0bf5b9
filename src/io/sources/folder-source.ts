import { stat } from 'node:fs/promises';
import { ImgdError } from '../../base/errors.js';
import type { Failure } from '../../ops/row.js';
import type { Cursor, Entry, Listed, Location } from '../source.js';
import { type ByteString, bytesOf, decodeBytes, displayPath, encodeBytes, pathOfUri } from '../uri.js';
import { abortable } from './abortable.js';
import { countedCursor, placeOf } from './counted-cursor.js';
import { locateFile, realPath } from './file-entry.js';
import { isImageName } from './image-names.js';
import type { OwnedSource } from './owned-source.js';
import { outputMark } from './read-folder.js';
import { type WalkRules, walkFolder } from './walk-folder.js';

/**
 * Every image below a folder. Links are followed inside the folder; names with a dot in front, and outputs of imgd, are passed
 * over. `ignored` belongs to the listing begun last. Listing throws ImgdError when the folder itself is away.
 */
export function folderSource(path: ByteString, { allFiles }: { readonly allFiles: boolean }): OwnedSource {
  return walkedSource(path, {
    judge: (name) => (allFiles || isImageName(name) ? 'take' : 'ignore'),
    enters: () => true,
    dotNames: false,
    special: allFiles,
  });
}

/** The files that a walk of `path` with these rules takes. */
export function walkedSource(path: ByteString, rules: WalkRules): OwnedSource {
  let tally = { ignored: 0 };
  let real: ByteString | undefined;
  const prefix = `file://${encodeBytes(path.endsWith('/') ? path : `${path}/`)}`;

  return {
    get ignored() {
      return tally.ignored;
    },
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const start = after === undefined ? undefined : placeOf(after);
      const counting = { ignored: start?.ignored ?? 0 };
      tally = counting;
      signal.throwIfAborted();
      const root = { path, real: await abortable(openRoot(path), signal) };
      const place = start === undefined ? undefined : decodeBytes(start.place);
      try {
        for await (const walked of walkFolder(root, rules, place, counting, signal)) {
          const cursor = countedCursor({ ignored: counting.ignored, place: encodeBytes(walked.path) });
          yield { entry: walked.entry, cursor };
          signal.throwIfAborted();
        }
      } catch (error) {
        signal.throwIfAborted();
        throw rootError(path, error);
      }
    },
    async locate(entry: Entry, signal: AbortSignal): Promise<Location | Failure> {
      if (entry.refused !== undefined) return entry.refused;
      signal.throwIfAborted();
      real ??= await abortable(openRoot(path), signal);
      return locateFile(pathOfUri(entry.uri), entry.version, real);
    },
    owns: (uri) => uri.startsWith(prefix),
    async close() {},
  };
}

/** The folder's real path. */
async function openRoot(path: ByteString): Promise<ByteString> {
  try {
    if (!(await stat(bytesOf(path))).isDirectory()) {
      throw new ImgdError('not_found', `${displayPath(bytesOf(path))} is not a folder`);
    }
    if (await exists(`${path}/${outputMark}`)) {
      throw new ImgdError('usage', `${displayPath(bytesOf(path))} is an output of imgd, not a folder of images`, {
        hint: `Name the folder that holds the images; if it is this one, remove ${outputMark} from it.`,
      });
    }
    return await realPath(path);
  } catch (error) {
    throw rootError(path, error);
  }
}

const exists = async (path: ByteString): Promise<boolean> => {
  try {
    return (await stat(bytesOf(path))).isFile();
  } catch {
    return false;
  }
};

function rootError(path: ByteString, error: unknown): ImgdError {
  const known = ImgdError.from(error);
  if (known === error) return known;
  const name = displayPath(bytesOf(path));
  const sentences: Partial<Record<ImgdError['code'], string>> = {
    not_found: `there is no folder ${name}`,
    permission_denied: `this user is not permitted to read the folder ${name}`,
  };
  return new ImgdError(known.code, sentences[known.code] ?? `the folder ${name} can't be read: ${known.message}`, {
    cause: error,
  });
}
