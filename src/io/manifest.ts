import { ImgdError } from '../base/errors.js';
import { committedParts } from './commit.js';
import type { JobRecord, Manifest } from './job-spec.js';
import { damaged, encodePrettyJson, readJson } from './json-file.js';
import { endFolder, endName, endNumber, partName, successName } from './layout.js';
import type { OutputStore } from './output-store.js';
import type { OutputView } from './output-store-fs.js';
import { openPartFile } from './part-file.js';
import type { Part, PlanEnd } from './plan.js';
import { readPlan, readPlanEnd } from './plan-log.js';
import { type PartSummary, summarisePart } from './recount.js';
import { addCounts, noRows, rowsOf } from './tally.js';

/** `_end/N.json`: how a run of the job ended. */
export interface JobEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  /** A sentence for people; null for a success. */
  readonly message: string | null;
  /** ISO 8601. */
  readonly at: string;
}

export interface NumberedEnd extends JobEnd {
  readonly number: number;
}

const isEnd = ({ state, at }: Record<string, unknown>) =>
  ['succeeded', 'failed', 'cancelled'].includes(state as string) && typeof at === 'string';

const lastEnd = async (store: OutputView): Promise<number> => {
  let last = 0;
  for await (const name of store.list(endFolder)) last = Math.max(last, endNumber(name) ?? 0);
  return last;
};

const loadEnd = async (store: OutputView, number: number): Promise<NumberedEnd> => {
  const end = await readJson<JobEnd>(store, endName(number), isEnd);
  if (end === undefined) throw damaged(`${store.location}/${endName(number)}`, 'it is missing');
  return { ...end, number };
};

/** The latest end, undefined for a job that never ended. */
export const readEnd = async (store: OutputView): Promise<NumberedEnd | undefined> => {
  const last = await lastEnd(store);
  return last === 0 ? undefined : loadEnd(store, last);
};

/**
 * Says how the job ended, under the next number. A success is final: it is returned instead of written over. Where two
 * write at once, both get the end that stands.
 */
export const writeEnd = async (store: OutputStore, end: JobEnd): Promise<NumberedEnd> => {
  const before = await readEnd(store);
  if (before?.state === 'succeeded') return before;
  const number = (before?.number ?? 0) + 1;
  const outcome = await store.createExclusive(endName(number), encodePrettyJson(end));
  return outcome === 'created' ? { ...end, number } : loadEnd(store, number);
};

export interface ManifestInput {
  readonly record: JobRecord;
  /** Parts that this process committed itself; the others are read. */
  readonly known?: ReadonlyMap<number, PartSummary>;
  /** ISO 8601. */
  readonly finished: string;
  readonly signal?: AbortSignal;
}

const checkKnown = async (store: OutputView, part: Part, known: PartSummary, name: string): Promise<void> => {
  const where = `${store.location}/${name}`;
  if (known.first !== part.first || known.rows !== part.count || rowsOf(known.counts) !== part.count) {
    throw damaged(where, `it was written for rows ${known.first} + ${known.rows}, the plan says otherwise`);
  }
  const file = await openPartFile(store, name);
  await file?.close();
  if (file?.byteLength !== known.bytes)
    throw damaged(where, `it has ${file?.byteLength ?? 'no'} bytes, not ${known.bytes}`);
};

async function* plannedParts(store: OutputView, end: PlanEnd): AsyncGenerator<Part> {
  const seen = { segments: 0, parts: 0, accepted: 0 };
  for await (const segment of readPlan(store)) {
    seen.segments += 1;
    seen.parts += segment.parts.length;
    seen.accepted += segment.entries.length;
    yield* segment.parts;
  }
  const keys = ['segments', 'parts', 'accepted'] as const;
  const wrong = keys.find((key) => seen[key] !== end[key]);
  if (wrong !== undefined) {
    throw damaged(`the plan of ${store.location}`, `it has ${seen[wrong]} ${wrong}, its end says ${end[wrong]}`);
  }
}

/**
 * The manifest of a job whose parts are all committed: checks that every input of the plan has exactly one row. Throws
 * ImgdError data_loss naming the part that breaches it, unavailable where the plan has no end or parts are missing.
 * Memory: one segment of the plan and one row group.
 */
export const buildManifest = async (store: OutputView, input: ManifestInput): Promise<Manifest> => {
  const { record, known, finished, signal } = input;
  const { format } = record.spec;
  const end = await readPlanEnd(store);
  if (end === undefined) throw new ImgdError('unavailable', `the inputs of ${store.location} are not all listed yet`);
  const committed = await committedParts(store, format);
  const phantom = [...committed].find((number) => number > end.parts || number === 0);
  if (phantom !== undefined)
    throw damaged(`${store.location}/${partName(phantom, format)}`, 'the plan has no such part');

  let counts = noRows;
  const parts: Manifest['parts'][number][] = [];
  for await (const part of plannedParts(store, end)) {
    signal?.throwIfAborted();
    const name = partName(part.number, format);
    if (!committed.has(part.number)) throw new ImgdError('unavailable', `${name} is not committed yet`);
    const summary = known?.get(part.number);
    if (summary !== undefined) await checkKnown(store, part, summary, name);
    const { rows, bytes, sha256, attempt, counts: own } = summary ?? (await summarisePart(store, part, format));
    counts = addCounts(counts, own);
    parts.push({ number: part.number, name, rows, bytes, sha256, attempt });
  }
  if (rowsOf(counts) !== end.accepted) {
    throw new ImgdError('data_loss', `${end.accepted} inputs were accepted and ${rowsOf(counts)} rows stand`);
  }
  return { job: record.id, accepted: end.accepted, ...counts, parts, versions: record.versions, finished };
};

const isManifest = ({ job, accepted, parts }: Record<string, unknown>) =>
  typeof job === 'string' && typeof accepted === 'number' && Array.isArray(parts);

/** `_SUCCESS`, undefined while the job isn't complete. */
export const readManifest = (store: OutputView): Promise<Manifest | undefined> =>
  readJson<Manifest>(store, successName, isManifest);

/** The last file of a job. Returns the manifest that stands. */
export const writeSuccess = async (store: OutputStore, manifest: Manifest): Promise<Manifest> => {
  const outcome = await store.createExclusive(successName, encodePrettyJson(manifest));
  return outcome === 'created' ? manifest : ((await readManifest(store)) ?? manifest);
};
