import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { ImgdError } from '../../base/errors.js';
import type { InputSpec } from '../job-spec.js';
import { type ByteString, byteString, byteStringOfText, bytesOf, filePathOf, fileUri, pathOfUri } from '../uri.js';
import { escapeGlob, isGlob } from './glob-source.js';
import { refusedPath } from './system-failure.js';
import { isArchiveName } from './tar-source.js';

export interface ParseOptions {
  readonly allFiles: boolean;
  /** Paths of lists and of standard input end in NUL. */
  readonly nul: boolean;
  /** Absolute; the current folder. */
  readonly cwd: string;
}

/**
 * What an argument names, made absolute, by looking at the file system: `-`, `@list.txt`, a folder, an archive, a file; what
 * does not exist and holds pattern characters is a glob, anything else a file (which will get its row). `file:///` addresses
 * are taken too. Throws ImgdError `usage` for an empty argument and for addresses of other kinds.
 *
 * Node gives program arguments as strings and replaces what is no UTF-8 in them, so such a name can't be given on the command
 * line; folders and lists carry the bytes of names as they are, and so does an argument given as a Buffer.
 */
export async function parseInput(argument: string | Buffer, options: ParseOptions): Promise<InputSpec> {
  const text = typeof argument === 'string' ? byteStringOfText(argument) : byteString(argument);
  const { allFiles, nul } = options;
  const cwd = byteStringOfText(options.cwd);
  if (text === '')
    throw new ImgdError('usage', 'an input is empty', { hint: 'Name a folder, a file, a pattern, @list or -' });
  if (text === '-') return { kind: 'stdin', nul };
  if (text.startsWith('@') && text.length > 1) {
    return { kind: 'list', path: pathText(absolutePath(text.slice(1), cwd)), nul };
  }
  const path = absolutePath(text, cwd);
  const found = await kindOf(path);
  if (found === 'folder') return { kind: 'folder', path: pathText(path), allFiles };
  if (found === 'file' && isArchiveName(path)) return { kind: 'tar', path: pathText(path), allFiles };
  if (found === 'nothing' && isGlob(text) && isUtf8(bytesOf(text))) {
    return { kind: 'glob', pattern: absolutePattern(text, cwd), allFiles };
  }
  return { kind: 'file', path: pathText(path) };
}

/** A path as a spec holds it: as people write it, or as a `file:///` URI where its bytes are no UTF-8. */
const pathText = (path: ByteString): string =>
  isUtf8(bytesOf(path)) ? bytesOf(path).toString('utf8') : fileUri(bytesOf(path));

/** The inverse of {@link pathText}: absolute paths begin with a slash, so a URI can't be mistaken for one. */
export const pathOfText = (text: string): ByteString =>
  text.startsWith('file://') ? byteString(pathOfUri(text)) : byteStringOfText(text);

function absolutePath(text: ByteString, cwd: ByteString): ByteString {
  if (/^file:/i.test(text)) return posix.resolve(filePathOf(text));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined) return posix.resolve(cwd, text);
  throw new ImgdError('usage', `inputs that begin with ${scheme}:// can't be read`, {
    hint: 'Name a folder, a file, a pattern, an archive, @list or -',
  });
}

/** The pattern below the current folder, whose own name matches as itself; `.` and `..` in front are resolved. */
function absolutePattern(text: ByteString, cwd: ByteString): string {
  const pattern = bytesOf(text).toString('utf8');
  if (pattern.startsWith('/')) return pattern;
  const segments = pattern.split('/');
  const upTo = segments.findIndex((segment) => segment !== '.' && segment !== '..' && segment !== '');
  const base = posix.resolve(bytesOf(cwd).toString('utf8'), ...segments.slice(0, upTo));
  return posix.join(escapeGlob(base), segments.slice(upTo).join('/'));
}

async function kindOf(path: ByteString): Promise<'folder' | 'file' | 'nothing' | 'unknown'> {
  if (refusedPath(bytesOf(path)) !== undefined) return 'unknown';
  try {
    const stats = await stat(bytesOf(path));
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? 'file' : 'unknown';
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? 'nothing' : 'unknown';
  }
}
