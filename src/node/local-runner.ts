import { ImgdError } from '../base/errors.js';
import { commitPart } from '../io/commit.js';
import type { JobRecord } from '../io/job-spec.js';
import type { OutputStore } from '../io/output-store.js';
import { createRowWriter, type WrittenRows } from '../io/row-writer.js';
import type { Entry, Source } from '../io/source.js';
import { abortable } from '../io/sources/abortable.js';
import { failedRow, type RowContent } from '../ops/failed-row.js';
import { isFailure, type Row } from '../ops/row.js';
import type { ExecutorPool } from './executor-pool.js';
import type { Attempt, PartEvent, PartRunner } from './part-runner.js';

export interface LocalRunnerOptions {
  readonly node: string;
  readonly pool: ExecutorPool;
  readonly source: Source;
  /** Asked when an input can't be found or read: is it this one, or all of them? */
  readonly inputAway: () => Promise<ImgdError | null>;
  /** Null: rows are told and not kept. */
  readonly output: { readonly store: OutputStore; readonly record: JobRecord } | null;
}

/** Rows that may be made ahead of the one that is written next: bounds what a part holds in memory. */
const ahead = 256;
/** Rows told at once: few messages, yet the first ones come early. */
const burst = 64;
const sourceTries = 3;

export function createLocalRunner(options: LocalRunnerOptions): PartRunner {
  const { pool, source, output, node, inputAway } = options;

  async function make(entry: Entry, index: number, signal: AbortSignal): Promise<RowContent> {
    const input = { index, origin: entry.uri };
    if (entry.refused !== undefined) return failedRow(input, entry.refused);
    for (let tried = 1; ; tried++) {
      const location = await source.locate(entry, signal).catch((error: unknown) => {
        throw new ImgdError('unavailable', ImgdError.from(error).message, { cause: error });
      });
      const row = isFailure(location)
        ? failedRow(input, location)
        : await pool.run({ ...input, location, locality: 'local' }, signal);
      if (row.reason !== 'not_found' && row.reason !== 'source_error') return row;
      const away = await inputAway();
      if (away !== null) throw away;
      if (row.reason === 'not_found' || tried === sourceTries) return row;
    }
  }

  async function* run(attempt: Attempt, signal: AbortSignal): AsyncGenerator<PartEvent> {
    const { part } = attempt;
    const rows = inOrder(attempt, signal, async (entry, index) => ({
      ...(await make(entry, index, signal)),
      node,
      attempt: attempt.id,
    }));
    if (output === null) {
      for await (const some of rows) yield { kind: 'rows', rows: some };
      yield { kind: 'committed', summary: null };
      return;
    }
    const { store, record } = output;
    const { format, pipeline, listArrays, model } = record.spec;
    const temp = await store.temp(`part-${part.number}`);
    const writer = await createRowWriter(format, temp.path, {
      columns: pipeline.columns,
      listArrays,
      metadata: {
        job: record.id,
        attempt: attempt.id,
        part: part.number,
        first: part.first,
        count: part.count,
        model: model.sha256,
      },
    });
    let written: WrittenRows;
    try {
      for await (const some of rows) {
        await writer.write(some);
        yield { kind: 'rows', rows: some };
      }
      written = await writer.finish();
      signal.throwIfAborted();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    const { won } = await commitPart(store, part.number, temp, attempt.id, format, written);
    // somebody else's part is read when the manifest is made: our counts may not be theirs
    yield { kind: 'committed', summary: won ? { ...written, ...part, attempt: attempt.id } : null };
  }

  return { run };
}

/** Makes rows at most `ahead` at a time and tells them in index order, as many as are there. */
async function* inOrder(
  { part, entries }: Attempt,
  signal: AbortSignal,
  make: (entry: Entry, index: number) => Promise<Row>,
): AsyncGenerator<Row[]> {
  interface Making {
    readonly row: Promise<Row>;
    done: boolean;
  }
  const making: Making[] = [];
  let next = 0;
  const fill = () => {
    for (; next < entries.length && making.length < ahead; next++) {
      const row = make(entries[next]!, part.first + next);
      const one: Making = { row, done: false };
      const settled = () => {
        one.done = true;
      };
      row.then(settled, settled);
      making.push(one);
    }
  };
  fill();
  while (making.length > 0) {
    // an executor that is decoding can't be asked to stop: whoever cancels doesn't wait for it
    const rows = [await abortable(making.shift()!.row, signal)];
    while (making[0]?.done === true && rows.length < burst) rows.push(await making.shift()!.row);
    signal.throwIfAborted();
    yield rows;
    fill();
  }
}
