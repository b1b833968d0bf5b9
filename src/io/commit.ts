import type { OutputFormat } from './job-spec.js';
import { damaged } from './json-file.js';
import { dataFolder, partName, partNumber } from './layout.js';
import type { OutputStore, TempFile } from './output-store.js';
import type { OutputView } from './output-store-fs.js';
import { openPartFile } from './part-file.js';
import { attemptOf, hashPart } from './recount.js';

interface CommittedFile {
  /** `data/part-00001.parquet` */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly attempt: string | null;
}

export interface Commit {
  readonly won: boolean;
  /** The file that stands: ours if `won`. */
  readonly winner: CommittedFile;
}

const standing = async (store: OutputView, name: string, format: OutputFormat): Promise<CommittedFile> => {
  const file = await openPartFile(store, name);
  if (file === undefined) throw damaged(`${store.location}/${name}`, 'it stood there and is gone');
  try {
    return { name, bytes: file.byteLength, sha256: await hashPart(file), attempt: await attemptOf(file, format) };
  } finally {
    await file.close();
  }
};

/**
 * Commits a part by the exclusive creation of its final name. The loser's temporary file is discarded, and so is that of
 * an attempt whose commit failed (ImgdError data_loss, resource_exhausted …): the part must be run anew. `written` is
 * what the writer counted; it saves reading the file back.
 */
export const commitPart = async (
  store: OutputStore,
  part: number,
  temp: TempFile,
  attempt: string,
  format: OutputFormat,
  written?: { readonly bytes: number; readonly sha256: string },
): Promise<Commit> => {
  const name = partName(part, format);
  const outcome = await store.createExclusive(name, temp).catch(async (error: unknown) => {
    await store.discard(temp).catch(() => undefined); // the first error is the one to report
    throw error;
  });
  if (outcome === 'created' && written !== undefined) {
    return { won: true, winner: { name, attempt, bytes: written.bytes, sha256: written.sha256 } };
  }
  const winner = await standing(store, name, format);
  if (outcome === 'created') return { won: true, winner };
  await store.discard(temp);
  return { won: winner.attempt === attempt, winner };
};

/** Numbers of the parts that stand, ascending; other files in `data/` are not ours. */
export const committedParts = async (store: OutputView, format: OutputFormat): Promise<ReadonlySet<number>> => {
  const numbers: number[] = [];
  for await (const name of store.list(dataFolder)) {
    const number = partNumber(name, format);
    if (number !== undefined) numbers.push(number);
  }
  return new Set(numbers.sort((left, right) => left - right));
};
