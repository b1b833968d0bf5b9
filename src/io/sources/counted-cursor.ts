import { ImgdError } from '../../base/errors.js';
import type { Cursor } from '../source.js';

/** A place in a listing with the number of files passed over up to it, so that a resumed listing counts on from there. */
export interface CountedPlace {
  readonly ignored: number;
  readonly place: string;
}

export const countedCursor = ({ ignored, place }: CountedPlace): Cursor => `${ignored}:${place}`;

/** Throws ImgdError `data_loss` for a cursor that no listing of ours made. */
export function placeOf(cursor: Cursor): CountedPlace {
  const parts = /^(\d+):(.*)$/s.exec(cursor);
  if (parts === null) throw new ImgdError('data_loss', `'${cursor}' is not a place in a listing`);
  return { ignored: Number(parts[1]), place: parts[2]! };
}

/** A cursor that is a plain count: entries or bytes before it. */
export function countOf(cursor: Cursor | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d+$/.test(cursor)) throw new ImgdError('data_loss', `'${cursor}' is not a place in a listing`);
  return Number(cursor);
}
