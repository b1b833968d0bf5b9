import type { Readable } from 'node:stream';
import { ImgdError } from '../base/errors.js';
import type { JobSpec } from '../io/job-spec.js';
import { openSources } from '../io/open-source.js';
import { viewFsOutput } from '../io/output-store-fs.js';
import { readPlan } from '../io/plan-log.js';
import { describeOutput, readRows } from '../io/read-output.js';
import type { Source } from '../io/source.js';
import { excludeSource } from '../io/sources/exclude-source.js';
import { sampleSource } from '../io/sources/sample-source.js';

/** The job's inputs as one source: what was named, less `except`, only the failed ones of `failedOf`, then sampled. */
export async function openInputs(spec: JobSpec, stdin: Readable | undefined): Promise<Source> {
  let source = openSources(spec.inputs, stdin === undefined ? {} : { stdin });
  if (spec.except !== null) {
    const planned = await plannedUris(spec.except);
    source = excludeSource(source, (uri) => planned.has(uri));
  }
  if (spec.failedOf !== null) {
    const failed = await failedUris(spec.failedOf);
    source = excludeSource(source, (uri) => !failed.has(uri));
  }
  return spec.sample === null ? source : sampleSource(source, spec.sample);
}

async function plannedUris(folder: string): Promise<Set<string>> {
  await describeOutput(folder);
  const uris = new Set<string>();
  for await (const segment of readPlan(viewFsOutput(folder))) for (const { uri } of segment.entries) uris.add(uri);
  return uris;
}

async function failedUris(folder: string): Promise<Set<string>> {
  const uris = new Set<string>();
  for await (const row of readRows(folder, { columns: ['origin', 'status'] }))
    if (row.status === 'failed') uris.add(row.origin);
  if (uris.size === 0) throw new ImgdError('usage', `${folder} holds no failed rows: there is nothing to try again`);
  return uris;
}
