/** From what the user named to what lists it. */
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { ImgdError } from '../base/errors.js';
import type { InputSpec } from './job-spec.js';
import type { Source } from './source.js';
import { chainSources } from './sources/chain-sources.js';
import { fileSource } from './sources/file-source.js';
import { folderSource } from './sources/folder-source.js';
import { globSource } from './sources/glob-source.js';
import { listSource } from './sources/list-source.js';
import type { OwnedSource } from './sources/owned-source.js';
import { pathOfText } from './sources/parse-input.js';
import { stdinSource } from './sources/stdin-source.js';
import { tarSource } from './sources/tar-source.js';
import { byteStringOfText } from './uri.js';

export { excludeSource } from './sources/exclude-source.js';
export { parseInput } from './sources/parse-input.js';
export { sampleSource } from './sources/sample-source.js';

export interface SourceContext {
  /** What a `stdin` input reads. */
  readonly stdin?: Readable;
  /** Absolute; what the relative paths of lists and standard input are relative to. The process's own by default. */
  readonly cwd?: string;
  /** Where packed archives are unpacked; the system's folder for temporary files by default. */
  readonly spoolDir?: string;
  /** No archive may unpack to more; 64 GiB by default. */
  readonly maxSpoolBytes?: number;
}

const defaultMaxSpoolBytes = 64 * 2 ** 30;

/** Opens nothing yet: that what a spec names is away shows when it is listed. Throws ImgdError `usage` for stdin without one. */
export function openSource(spec: InputSpec, context: SourceContext = {}): OwnedSource {
  const cwd = byteStringOfText(context.cwd ?? process.cwd());
  switch (spec.kind) {
    case 'folder':
      return folderSource(pathOfText(spec.path), spec);
    case 'glob':
      return globSource(spec.pattern, spec);
    case 'file':
      return fileSource(pathOfText(spec.path));
    case 'list':
      return listSource(pathOfText(spec.path), { nul: spec.nul, cwd });
    case 'stdin':
      if (context.stdin === undefined) throw new ImgdError('usage', 'there is no standard input to read paths from');
      return stdinSource(context.stdin, { nul: spec.nul, cwd });
    case 'tar':
      return tarSource(pathOfText(spec.path), {
        allFiles: spec.allFiles,
        dir: context.spoolDir ?? tmpdir(),
        maxBytes: context.maxSpoolBytes ?? defaultMaxSpoolBytes,
      });
  }
}

/** All inputs of a job as one source, in the order in which they were given. */
export const openSources = (specs: readonly InputSpec[], context: SourceContext = {}): Source =>
  chainSources(specs.map((spec) => openSource(spec, context)));
