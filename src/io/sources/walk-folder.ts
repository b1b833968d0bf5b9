import type { Entry } from '../source.js';
import { type ByteString, bytesOf, encodeBytes } from '../uri.js';
import { abortable } from './abortable.js';
import { refusedEntry, statBatch, statEntry } from './file-entry.js';
import { type FolderItem, readFolder } from './read-folder.js';
import { isSpecial, systemFailure } from './system-failure.js';

/** What a walk does with what it meets. Paths are below the root, without a leading slash. */
export interface WalkRules {
  /** A regular file: an entry, passed over and counted, or passed over. */
  judge(path: ByteString): 'take' | 'ignore' | 'pass';
  enters(path: ByteString): boolean;
  /** Whether names that begin with a dot are looked at. */
  readonly dotNames: boolean;
  /** Whether pipes, sockets and devices that `judge` takes become refused entries. */
  readonly special: boolean;
}

export interface Walked {
  readonly entry: Entry;
  /** Below the root; a folder that can't be read ends in '/'. */
  readonly path: ByteString;
}

/** An open folder of the walk: at any time one for each level, so that names of one folder a level are held. */
interface Level {
  /** Below the root: empty, or ending in '/'. */
  readonly path: ByteString;
  /** Real path, to see that a link leads back up. */
  readonly real: ByteString;
  readonly items: readonly FolderItem[];
  next: number;
  /** Of the place to go on from, what lies below this folder; undefined when the whole folder comes after it. */
  readonly after: ByteString | undefined;
}

const join = (folder: ByteString, name: ByteString): ByteString =>
  folder.endsWith('/') ? folder + name : `${folder}/${name}`;

/**
 * Files below `root` in bytewise order of their paths, those strictly after the path `after`; whole subtrees before it are
 * not opened. `tally.ignored` is right at each yield. Folders and files that can't be read are refused entries. Throws the
 * root's own failed system call, and the signal's reason.
 */
export async function* walkFolder(
  root: { readonly path: ByteString; readonly real: ByteString },
  rules: WalkRules,
  after: ByteString | undefined,
  tally: { ignored: number },
  signal: AbortSignal,
): AsyncGenerator<Walked> {
  const rootUri = `file://${encodeBytes(join(root.path, ''))}`;
  const absolute = (path: ByteString) => bytesOf(join(root.path, path));
  const open = async (path: ByteString, real: ByteString, rest: ByteString | undefined): Promise<Level> => {
    const folder = { path: absolute(path), real, root: root.real, dotNames: rules.dotNames };
    const items = await abortable(readFolder(folder, signal), signal);
    return {
      path,
      real,
      items: rest === undefined ? items : items.filter((item) => isAfter(item, rest)),
      next: 0,
      after: rest,
    };
  };
  const describe = async (path: ByteString, item: FolderItem): Promise<Walked | 'ignore' | 'pass'> => {
    if (item.kind === 'outside') return rules.judge(path) === 'pass' ? 'pass' : 'ignore';
    if (item.kind === 'special' && !rules.special) return 'pass';
    const verdict = rules.judge(path);
    if (verdict !== 'take') return verdict;
    const uri = rootUri + encodeBytes(path);
    if (item.kind === 'special') return { path, entry: refusedEntry(uri, isSpecial) };
    const entry = await statEntry(uri, absolute(path), item.real === undefined ? 'refuse' : 'follow');
    return entry === undefined ? 'pass' : { path, entry };
  };

  const levels = [await open('', root.real, after)];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    signal.throwIfAborted();
    const first = level.items[level.next];
    if (first === undefined) {
      levels.pop();
    } else if (first.kind === 'folder') {
      level.next++;
      const path = level.path + first.key;
      const real = first.real ?? join(level.real, first.key.slice(0, -1));
      if (!rules.enters(path.slice(0, -1)) || levels.some((above) => above.real === real)) continue;
      const rest = level.after?.startsWith(first.key) ? level.after.slice(first.key.length) : undefined;
      try {
        levels.push(await open(path, real, rest));
      } catch (error) {
        signal.throwIfAborted();
        const failure = systemFailure(error);
        const isGone = failure.code === 'not_found';
        if (!isGone && rest === undefined) yield { path, entry: refusedEntry(rootUri + encodeBytes(path), failure) };
      }
    } else {
      const run = filesFrom(level.items, level.next);
      level.next += run.length;
      const folder = level.path;
      const results = await abortable(Promise.all(run.map((item) => describe(folder + item.key, item))), signal);
      for (const result of results) {
        if (result === 'ignore') tally.ignored++;
        else if (result !== 'pass') yield result;
      }
    }
  }
}

/** Strictly after the place, or a folder that the place lies in. */
const isAfter = (item: FolderItem, place: ByteString): boolean =>
  item.key > place || (item.kind === 'folder' && place.startsWith(item.key));

/** What stands before the next folder, at most a batch. */
function filesFrom(items: readonly FolderItem[], start: number): readonly FolderItem[] {
  let end = start;
  while (end < items.length && end - start < statBatch && items[end]!.kind !== 'folder') end++;
  return items.slice(start, end);
}
