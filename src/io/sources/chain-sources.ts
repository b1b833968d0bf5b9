import { ImgdError } from '../../base/errors.js';
import type { Failure } from '../../ops/row.js';
import type { Cursor, Entry, Listed, Location, Source } from '../source.js';
import type { OwnedSource } from './owned-source.js';

/** Which source, its own cursor, and what the sources before it passed over. */
type Place = readonly [index: number, inner: Cursor | null, ignored: number];

/** Several sources as one, in their order. An entry is located by the first source that owns its URI and finds its file. */
export function chainSources(sources: readonly OwnedSource[]): Source {
  let tally = (): number => 0;

  return {
    get ignored() {
      return tally();
    },
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const [first, inner, ignored] = after === undefined ? ([0, null, 0] as const) : parsePlace(after);
      let before = ignored;
      for (const [index, source] of sources.entries()) {
        if (index < first) continue;
        // the resumed source's own cursor carries its count
        const base = before;
        tally = () => base + source.ignored;
        for await (const listed of source.list(index === first ? (inner ?? undefined) : undefined, signal)) {
          yield { entry: listed.entry, cursor: JSON.stringify([index, listed.cursor, base] satisfies Place) };
        }
        before = base + source.ignored;
      }
      const total = before;
      tally = () => total;
    },
    async locate(entry: Entry, signal: AbortSignal): Promise<Location | Failure> {
      if (entry.refused !== undefined) return entry.refused;
      let first: Failure | undefined;
      for (const source of sources) {
        if (!source.owns(entry.uri)) continue;
        const found = await source.locate(entry, signal);
        if (!('code' in found)) return found;
        first ??= found;
      }
      if (first !== undefined) return first;
      throw new ImgdError('internal', `no source of this job has ${entry.uri}`);
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}

function parsePlace(cursor: Cursor): Place {
  try {
    const place = JSON.parse(cursor);
    if (Array.isArray(place) && Number.isInteger(place[0]) && Number.isInteger(place[2])) {
      return [place[0], place[1] === null ? null : String(place[1]), place[2]];
    }
  } catch {
    // falls through to the one error for all malformed cursors
  }
  throw new ImgdError('data_loss', `'${cursor}' is not a place in a listing`);
}
