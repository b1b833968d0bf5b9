import { ImgdError } from '../base/errors.js';
import type { OutputStore } from './output-store.js';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const encodeJson = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

/** For the files that people look into. */
export const encodePrettyJson = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

export const damaged = (where: string, what: string): ImgdError =>
  new ImgdError('data_loss', `${where} is damaged: ${what}`, {
    hint: 'Files of an output are never changed once they stand: restore it from a copy, or use another --out.',
  });

/** Throws ImgdError data_loss where the bytes are no JSON. */
export const decodeJson = (bytes: Buffer, where: string): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(where, 'not JSON');
  }
};

/** Undefined where nothing stands. `check` says whether the value has the shape that `T` promises. */
export const readJson = async <T>(
  store: Pick<OutputStore, 'read' | 'location'>,
  name: string,
  check: (value: Record<string, unknown>) => boolean,
): Promise<T | undefined> => {
  const bytes = await store.read(name);
  if (bytes === undefined) return undefined;
  const where = `${store.location}/${name}`;
  const value = decodeJson(bytes, where);
  if (!isRecord(value) || !check(value)) throw damaged(where, 'not what imgd writes there');
  return value as T;
};
