import type { Readable } from 'node:stream';
import type { JobSpec } from '../io/job-spec.js';
import type { OutputStore } from '../io/output-store.js';
import { readPlan } from '../io/plan-log.js';
import { openInputs } from './open-inputs.js';

/** Inputs that a complete output doesn't hold. */
export interface InputChanges {
  readonly added: number;
  readonly changed: number;
}

/** Lists the inputs again and compares with the plan. Standard input, gone by then, has no changes. */
export async function changesSince(
  store: OutputStore,
  spec: JobSpec,
  stdin: Readable | undefined,
  signal: AbortSignal,
): Promise<InputChanges> {
  if (spec.inputs.some((input) => input.kind === 'stdin') || spec.sample !== null) return { added: 0, changed: 0 };
  const planned = new Map<string, string | null>();
  for await (const segment of readPlan(store))
    for (const { uri, version } of segment.entries) planned.set(uri, version);
  const source = await openInputs(spec, stdin);
  let added = 0;
  let changed = 0;
  try {
    for await (const { entry } of source.list(undefined, signal)) {
      const version = planned.get(entry.uri);
      if (version === undefined) added++;
      else if (version !== entry.version) changed++;
    }
  } finally {
    await source.close();
  }
  return { added, changed };
}
