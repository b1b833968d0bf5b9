import type { OutputStore } from '../io/output-store.js';
import type { FailureCode } from '../ops/row.js';
import { versions } from './versions.js';

/**
 * Inputs that killed decoders, by content: no executor of the job falls over the same bytes again, on this node or on
 * another one. They stand in the output, which all nodes of a job share.
 */
const folder = '_quarantine/';

export async function knownQuarantine(store: OutputStore): Promise<string[]> {
  const known: string[] = [];
  for await (const name of store.list(folder)) {
    const sha256 = /^_quarantine\/([0-9a-f]{64})\.json$/.exec(name)?.[1];
    // another version of the decoders may be able to read it
    if (sha256 !== undefined && sameDecoders(await store.read(name))) known.push(sha256);
  }
  return known;
}

export async function rememberQuarantine(
  store: OutputStore,
  { sha256, origin, code }: { readonly sha256: string; readonly origin: string; readonly code: FailureCode },
): Promise<void> {
  const note = { sha256, origin, code, versions, at: new Date().toISOString() };
  await store.createExclusive(`${folder}${sha256}.json`, Buffer.from(`${JSON.stringify(note, null, 1)}\n`));
}

function sameDecoders(content: Buffer | undefined): boolean {
  try {
    const note = JSON.parse(content?.toString() ?? '') as { versions: Record<string, string> };
    return ['sharp', '@napi-rs/image'].every((name) => note.versions[name] === versions[name]);
  } catch {
    return false;
  }
}
