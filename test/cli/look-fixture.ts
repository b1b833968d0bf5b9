/** Outputs and terminals for the tests of the commands that look at outputs. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import type { Terminal } from '../../src/cli/process-terminal.js';
import type { JobSpec } from '../../src/io/job-spec.js';
import { buildManifest, writeEnd, writeSuccess } from '../../src/io/manifest.js';
import { openFsStore } from '../../src/io/output-store-fs.js';
import { fileUri } from '../../src/io/uri.js';
import type { Row } from '../../src/ops/row.js';
import { commitRows, planJob } from '../io/sample-output.js';
import { spec as sampleSpec } from '../io/sample-rows.js';

export const samples = join(import.meta.dirname, '../../samples');
export const never: AbortSignal = new AbortController().signal;
export const finished = '2026-03-01T12:34:56.000Z';

/** A complete output of one part. */
export async function makeOutput(folder: string, rows: readonly Row[], spec: JobSpec = sampleSpec()): Promise<void> {
  const store = await openFsStore(folder);
  const { record, parts } = await planJob(store, spec, [rows.length]);
  const summary = await commitRows(store, spec, parts[0]!, rows);
  const manifest = await buildManifest(store, { record, known: new Map([[1, summary]]), finished });
  await writeEnd(store, { state: 'succeeded', message: null, at: finished });
  await writeSuccess(store, manifest);
}

/** What a row says of a file that is really there. */
export async function originalOf(path: string): Promise<Pick<Row, 'origin' | 'bytes' | 'sha256'>> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { origin: fileUri(Buffer.from(path)), bytes: bytes.length, sha256 };
}

export interface Captured {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with streams of its own; `args` are what follows its name. */
export async function runCaptured(make: (terminal: Terminal) => Command, args: readonly string[]): Promise<Captured> {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    streams[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  await make(streams)
    .exitOverride()
    .parseAsync([...args], { from: 'user' });
  await Promise.all(Object.values(streams).map((stream) => new Promise((resolve) => stream.on('end', resolve).end())));
  return text;
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
