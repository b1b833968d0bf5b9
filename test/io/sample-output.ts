import { commitPart } from '../../src/io/commit.js';
import { createJob } from '../../src/io/job-record.js';
import type { JobRecord, JobSpec } from '../../src/io/job-spec.js';
import type { OutputStore } from '../../src/io/output-store.js';
import type { Part } from '../../src/io/plan.js';
import { appendSegment, endPlan } from '../../src/io/plan-log.js';
import type { PartSummary } from '../../src/io/recount.js';
import { createRowWriter } from '../../src/io/row-writer.js';
import type { Row } from '../../src/ops/row.js';
import { metadata } from './sample-rows.js';

export const commitRows = async (
  store: OutputStore,
  spec: JobSpec,
  part: Part,
  rows: readonly Row[],
  attempt = `attempt-${part.number}`,
): Promise<PartSummary> => {
  const temp = await store.temp(`part-${part.number}`);
  const writer = await createRowWriter(spec.format, temp.path, {
    columns: spec.pipeline.columns,
    listArrays: spec.listArrays,
    metadata: metadata(rows[0]?.index ?? 0, rows.length, { part: part.number, attempt }),
  });
  await writer.write(rows.map((row) => ({ ...row, attempt })));
  const written = await writer.finish();
  await commitPart(store, part.number, temp, attempt, spec.format, written);
  return { ...part, ...written, attempt };
};

export const partsFor = (counts: readonly number[]): Part[] => {
  let first = 0;
  return counts.map((count, place) => {
    first += count;
    return { number: place + 1, first: first - count, count };
  });
};

/** A job whose plan is one segment with parts of these sizes, ended. */
export const planJob = async (
  store: OutputStore,
  spec: JobSpec,
  counts: readonly number[],
): Promise<{ record: JobRecord; parts: readonly Part[] }> => {
  const { record } = await createJob(store, spec, { imgd: '0.1.0' });
  const parts = partsFor(counts);
  const accepted = counts.reduce((sum, count) => sum + count, 0);
  const entries = Array.from({ length: accepted }, (_, index) => ({ uri: `file:///${index}`, size: 1, version: '1' }));
  if (accepted > 0) await appendSegment(store, { number: 1, first: 0, entries, parts, cursor: 'end' });
  await endPlan(store, { segments: accepted > 0 ? 1 : 0, parts: parts.length, accepted, ignored: 0 });
  return { record, parts };
};
