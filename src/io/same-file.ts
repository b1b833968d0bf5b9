import { open, stat } from 'node:fs/promises';
import { errnoOf } from './file-system.js';

const pieceBytes = 2 ** 20;

const identity = (path: string) =>
  stat(path, { bigint: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });

const equalBytes = async (left: string, right: string): Promise<boolean> => {
  const files = await Promise.all([open(left, 'r'), open(right, 'r')]);
  try {
    const [one, two] = files;
    const pieces = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const;
    for (let at = 0; ; at += pieceBytes) {
      const a = await one.read(pieces[0], 0, pieceBytes, at);
      const b = await two.read(pieces[1], 0, pieceBytes, at);
      if (a.bytesRead !== b.bytesRead) return false;
      if (!pieces[0].subarray(0, a.bytesRead).equals(pieces[1].subarray(0, b.bytesRead))) return false;
      if (a.bytesRead < pieceBytes) return true;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
};

/**
 * What stands at `target`, compared with `mine`: the same inode or equal bytes mean that a call whose answer was lost
 * had won after all (NFS repeats requests).
 */
export const compareFiles = async (mine: string, target: string): Promise<'same' | 'other' | 'absent'> => {
  const [ours, theirs] = await Promise.all([identity(mine), identity(target)]);
  if (theirs === undefined) return 'absent';
  if (ours === undefined) return 'other';
  if (ours.ino === theirs.ino && ours.dev === theirs.dev) return 'same';
  if (ours.size !== theirs.size) return 'other';
  return (await equalBytes(mine, target)) ? 'same' : 'other';
};
