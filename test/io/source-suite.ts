import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLocation } from '../../src/io/read-location.js';
import type { Source } from '../../src/io/source.js';
import { listAll, never, within } from './source-fixtures.js';

export interface SourceUnderTest {
  /** A fresh source over the same inputs. */
  readonly open: () => Source;
  /** At least three, in the order in which they must come. */
  readonly expected: readonly { readonly uri: string; readonly bytes: Buffer }[];
  readonly cleanUp: () => void;
}

/** What every implementation of Source keeps. */
export function sourceSuite(name: string, setUp: () => Promise<SourceUnderTest>): void {
  describe(`${name} as a source`, () => {
    let subject: SourceUnderTest;
    beforeAll(async () => {
      subject = await setUp();
    });
    afterAll(() => subject.cleanUp());

    const using = async <T>(use: (source: Source) => Promise<T>): Promise<T> => {
      const source = subject.open();
      try {
        return await use(source);
      } finally {
        await source.close();
      }
    };

    it('lists every input once, in its order, with size and version', async () => {
      const listed = await using((source) => listAll(source));
      expect(listed.map(({ entry }) => entry.uri)).toEqual(subject.expected.map(({ uri }) => uri));
      expect(listed.map(({ entry }) => entry.size)).toEqual(subject.expected.map(({ bytes }) => bytes.length));
      for (const { entry } of listed) expect(entry.version).toMatch(/^\d+-\d+(@\d+)?$/);
    });

    it('goes on from every cursor with exactly the rest', async () => {
      const listed = await using((source) => listAll(source));
      expect(listed.length).toBeGreaterThanOrEqual(3);
      for (const [index, { cursor }] of listed.entries()) {
        const rest = await using((source) => listAll(source, JSON.parse(JSON.stringify(cursor))));
        expect(rest).toEqual(listed.slice(index + 1));
      }
    });

    it('locates and reads the bytes of every input, in a fresh source too', async () => {
      const listed = await using((source) => listAll(source));
      await using(async (source) => {
        const read = listed.map(async ({ entry }) => {
          const location = await source.locate(entry, never);
          return 'code' in location ? location : await readLocation(location, 1e6, never);
        });
        expect(await Promise.all(read)).toEqual(subject.expected.map(({ bytes }) => bytes));
      });
    });

    it('ends at once with the reason when aborted before it begins', async () => {
      await using(async (source) => {
        const reason = new Error('enough');
        const listing = source.list(undefined, AbortSignal.abort(reason))[Symbol.asyncIterator]();
        await expect(within(1000, listing.next())).rejects.toBe(reason);
      });
    });

    it('ends with the reason when aborted under way', async () => {
      await using(async (source) => {
        const reason = new Error('enough');
        const abort = new AbortController();
        let seen = 0;
        const listing = async () => {
          for await (const _ of source.list(undefined, abort.signal)) {
            seen++;
            abort.abort(reason);
          }
        };
        await expect(within(1000, listing())).rejects.toBe(reason);
        expect(seen).toBe(1);
      });
    });

    it('rejects a location with the reason when aborted', async () => {
      const [first] = await using((source) => listAll(source));
      await using(async (source) => {
        const reason = new Error('enough');
        await expect(source.locate(first!.entry, AbortSignal.abort(reason))).rejects.toBe(reason);
      });
    });
  });
}
