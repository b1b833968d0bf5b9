import { createHash } from 'node:crypto';
import type { Sample } from '../job-spec.js';
import type { Cursor, Entry, Listed, Source } from '../source.js';
import { countOf } from './counted-cursor.js';

interface Drawn {
  readonly entry: Entry;
  readonly draw: string;
}

/** An entry's place in the draw: hex SHA-256 of seed, NUL and URI. Depends on nothing else, so equal names draw equally. */
const drawOf = (seed: number, uri: string): string => createHash('sha256').update(`${seed}\0${uri}`).digest('hex');

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The same `count` entries for the same seed and names, in bytewise order of their URIs. The whole source is listed before the
 * first of them comes; at most 2 × count entries are held. Cursors count entries. A second listing does not list again.
 */
export function sampleSource(source: Source, sample: Sample): Source {
  let drawn: Promise<readonly Entry[]> | undefined;
  return {
    get ignored() {
      return source.ignored;
    },
    async *list(after: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Listed> {
      const skip = countOf(after);
      drawn ??= draw(source, sample, signal).catch((error) => {
        drawn = undefined;
        throw error;
      });
      for (const [index, entry] of (await drawn).entries()) {
        signal.throwIfAborted();
        if (index >= skip) yield { entry, cursor: String(index + 1) };
      }
    },
    locate: (entry, signal) => source.locate(entry, signal),
    close: () => source.close(),
  };
}

async function draw(source: Source, { count, seed }: Sample, signal: AbortSignal): Promise<readonly Entry[]> {
  if (count <= 0) return [];
  let kept: Drawn[] = [];
  let highest: string | undefined;
  const cut = () => {
    kept = kept.sort((a, b) => ascending(a.draw, b.draw)).slice(0, count);
    highest = kept.length === count ? kept.at(-1)!.draw : undefined;
  };
  for await (const { entry } of source.list(undefined, signal)) {
    const place = drawOf(seed, entry.uri);
    if (highest !== undefined && place >= highest) continue;
    kept.push({ entry, draw: place });
    if (kept.length >= 2 * count) cut();
  }
  cut();
  return kept.map(({ entry }) => entry).sort((a, b) => ascending(a.uri, b.uri));
}
