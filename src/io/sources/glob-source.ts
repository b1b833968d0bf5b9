import { posix } from 'node:path';
import picomatch from 'picomatch';
import { type ByteString, byteStringOfText, bytesOf } from '../uri.js';
import { walkedSource } from './folder-source.js';
import { isImageName } from './image-names.js';
import type { OwnedSource } from './owned-source.js';

const magic = /(?<!\\)(?:[*?[{]|[!@+]\()/;

/** Whether a path holds unescaped pattern characters. */
export const isGlob = (text: string): boolean => magic.test(text);

/** A text that matches as itself, for the part of a pattern that is a path: the current folder may be called `[old]`. */
export const escapeGlob = (text: string): string => text.replace(/[\\*?[\]{}()!@+|]/g, '\\$&');

/** The folder that every match lies in, and the pattern below it. */
export function splitGlob(pattern: string): { readonly base: string; readonly below: string } {
  const segments = pattern.split('/');
  const first = segments.findIndex(isGlob);
  const cut = first === -1 ? segments.length - 1 : first;
  const base = segments.slice(0, cut).join('/').replace(/\\(.)/gs, '$1');
  return { base: posix.resolve('/', base), below: segments.slice(cut).join('/') };
}

/**
 * Files whose decoded path matches: picomatch's `*`, `?`, `[…]`, `{a,b}`, `**` and `@(a|b)`. Dotfiles match only a dot in the
 * pattern. Only folders that can hold a match are opened.
 */
export function globSource(pattern: string, { allFiles }: { readonly allFiles: boolean }): OwnedSource {
  const { base, below } = splitGlob(pattern);
  // s: a name may hold a newline
  const matcher = (glob: string) => {
    const matches = picomatch(glob, { flags: 's' });
    return (path: ByteString) => matches(bytesOf(path).toString('utf8'));
  };
  const matches = matcher(below);
  const folders = foldersOf(below).map(matcher);
  return walkedSource(byteStringOfText(base), {
    judge: (path) => (!matches(path) ? 'pass' : allFiles || isImageName(path) ? 'take' : 'ignore'),
    enters: (path) => isUnbounded(below) || folders[path.split('/').length - 1]?.(path) === true,
    dotNames: /(^|[/{,(|])\\?\./.test(below),
    special: allFiles,
  });
}

/** A pattern that matches at more than one depth. */
const isUnbounded = (pattern: string): boolean => /\*\*|[{(][^})]*\//.test(pattern);

/** Patterns of the folders on the way to a match, one for each level. */
function foldersOf(pattern: string): string[] {
  const segments = pattern.split('/').slice(0, -1);
  return segments.map((_, level) => segments.slice(0, level + 1).join('/'));
}
