import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ImgdError } from '../base/errors.js';
import { errnoOf, nodeFileSystem, removeFile, syncFolder } from './file-system.js';
import type { JobRecord, JobSpec } from './job-spec.js';
import { encodePrettyJson, isRecord, readJson } from './json-file.js';
import { jobName, replacedJobName, tempFolder, topNames } from './layout.js';
import type { OutputStore } from './output-store.js';
import type { OutputView } from './output-store-fs.js';
import { specDifferences } from './spec-difference.js';
import { writeFailure } from './write-failure.js';

const isJob = ({ id, nonce, spec }: Record<string, unknown>) =>
  typeof id === 'string' && typeof nonce === 'string' && isRecord(spec) && isRecord(spec.pipeline);

/** Undefined where no job was ever acknowledged. Throws ImgdError data_loss for another program's `_job.json`. */
export const readJob = (store: Pick<OutputView, 'read' | 'location'>): Promise<JobRecord | undefined> =>
  readJson<JobRecord>(store, jobName, isJob);

const anotherHint = 'Use another --out, or --overwrite to replace this one.';

const adopt = (record: JobRecord, spec: JobSpec, location: string) => {
  const lines = specDifferences(record.spec, spec);
  if (lines.length === 0) return { record, adopted: true };
  throw new ImgdError('conflict', `${location} holds another job:\n${lines.map((line) => `  ${line}`).join('\n')}`, {
    hint: anotherHint,
  });
};

/** The first thing in an output that no job put there or that a job left whose record is gone. */
const firstStranger = async (store: OutputStore): Promise<string | undefined> => {
  for await (const name of store.list('')) {
    if (!name.startsWith(tempFolder) && !name.startsWith('.') && name !== jobName) return name;
  }
  return undefined;
};

/**
 * Creates `_job.json`, durable before it resolves, or adopts the one that is there if its spec is equal. Throws
 * ImgdError conflict: another spec (the message has the differences, one a line), or a folder that holds anything else.
 */
export const createJob = async (
  store: OutputStore,
  spec: JobSpec,
  versions: Readonly<Record<string, string>>,
): Promise<{ record: JobRecord; adopted: boolean }> => {
  const standing = await readJob(store);
  if (standing !== undefined) return adopt(standing, spec, store.location);
  const stranger = await firstStranger(store);
  const record: JobRecord = {
    id: randomUUID(),
    nonce: randomBytes(16).toString('hex'),
    created: new Date().toISOString(),
    spec,
    versions,
  };
  if (stranger === undefined && (await store.createExclusive(jobName, encodePrettyJson(record))) === 'created') {
    return { record, adopted: false };
  }
  // somebody else's job began between our two looks, and what we saw is its first files
  const winner = await readJob(store);
  if (winner !== undefined) return adopt(winner, spec, store.location);
  throw new ImgdError('conflict', `${store.location} is no output of imgd: it holds ${stranger}`, {
    hint:
      stranger === replacedJobName
        ? 'An --overwrite was interrupted here: repeat it.'
        : 'Use another --out: a new or an empty folder.',
  });
};

const isOurs = async (root: string, name: string): Promise<boolean> => {
  const read = (file: string) =>
    readFile(join(root, file)).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw ImgdError.from(error);
    });
  return (await readJson({ location: root, read }, name, isJob)) !== undefined;
};

/**
 * Empties a folder for a new job, only if it holds our `_job.json` and nothing that isn't ours; a missing or empty
 * folder is fine as it is. The record goes first, by a rename: a crash midway leaves a folder that nobody takes for a
 * complete job, and that the next overwrite finishes. Throws ImgdError conflict.
 */
export const prepareOverwrite = async (folder: string): Promise<void> => {
  const root = resolve(folder);
  const names = await readdir(root).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw writeFailure(error, root);
  });
  const visible = names.filter((name) => !name.startsWith('.'));
  if (visible.length === 0) return;
  const record = names.includes(jobName) ? jobName : replacedJobName;
  if (!names.includes(record) || !(await isOurs(root, record).catch(() => false))) {
    throw new ImgdError('conflict', `${root} is not an output of imgd, so it is not replaced`, {
      hint: 'Use another --out, or delete the folder yourself.',
    });
  }
  const ours = new Set<string>([...topNames, jobName, replacedJobName]);
  const stranger = visible.find((name) => !ours.has(name));
  if (stranger !== undefined) {
    throw new ImgdError('conflict', `${root} also holds ${stranger}, which imgd did not make`, {
      hint: 'Move it away, or use another --out.',
    });
  }
  try {
    if (record === jobName) await rename(join(root, jobName), join(root, replacedJobName));
    await syncFolder(nodeFileSystem, root);
    // rm takes a symbolic link itself away, never what it leads to
    for (const name of topNames) await rm(join(root, name), { recursive: true, force: true });
    await removeFile(nodeFileSystem, join(root, replacedJobName));
    await syncFolder(nodeFileSystem, root);
  } catch (error) {
    throw writeFailure(error, root);
  }
};
