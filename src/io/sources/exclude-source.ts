import type { Cursor, Listed, Source } from '../source.js';

/** The source without the entries whose URI is excluded. Cursors are the source's own. */
export function excludeSource(source: Source, excluded: (uri: string) => boolean): Source {
  return {
    get ignored() {
      return source.ignored;
    },
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      for await (const listed of source.list(after, signal)) {
        if (!excluded(listed.entry.uri)) yield listed;
      }
    },
    locate: (entry, signal) => source.locate(entry, signal),
    close: () => source.close(),
  };
}
