/**
 * The stored form of a segment: arrays instead of objects, since a plan may hold millions of entries.
 *
 *   { "v": 1, "number": 1, "first": 0, "cursor": "…",
 *     "parts": [[number, first, count], …],
 *     "entries": [[uri, size, version, offset | null, refusal code, refusal message], …] }   trailing nulls left out
 *
 * A segment with `end` (a PlanEnd) instead of entries closes the plan.
 */
import type { FailureCode } from '../ops/row.js';
import { damaged, decodeJson, encodeJson, isRecord } from './json-file.js';
import type { Part, PlanEnd, PlanSegment } from './plan.js';
import type { Entry } from './source.js';

export type StoredSegment =
  | { readonly kind: 'segment'; readonly segment: PlanSegment }
  | { readonly kind: 'closing'; readonly segment: PlanSegment; readonly end: PlanEnd };

type Cell = string | number | null;

const packEntry = ({ uri, size, version, offset, refused }: Entry): Cell[] => {
  if (refused !== undefined) return [uri, size, version, offset ?? null, refused.code, refused.message];
  return offset === undefined ? [uri, size, version] : [uri, size, version, offset];
};

const unpackEntry = (cells: unknown): Entry | undefined => {
  if (!Array.isArray(cells)) return undefined;
  const [uri, size, version, offset, code, message] = cells as unknown[];
  const sound =
    typeof uri === 'string' &&
    (size === null || typeof size === 'number') &&
    (version === null || typeof version === 'string') &&
    (offset === undefined || offset === null || typeof offset === 'number') &&
    (code === undefined || (typeof code === 'string' && typeof message === 'string'));
  if (!sound) return undefined;
  return {
    uri,
    size,
    version,
    ...(typeof offset === 'number' && { offset }),
    // codes are written by this program alone; a later version's are as good as ours to carry
    ...(typeof code === 'string' && { refused: { code: code as FailureCode, message: message as string } }),
  };
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const unpackPart = (cells: unknown): Part | undefined => {
  if (!Array.isArray(cells) || cells.length !== 3 || !cells.every(isCount)) return undefined;
  const [number, first, count] = cells as [number, number, number];
  return { number, first, count };
};

export const isPlanEnd = (value: unknown): value is Record<string, unknown> & PlanEnd =>
  isRecord(value) && ['segments', 'parts', 'accepted', 'ignored'].every((key) => isCount(value[key]));

export const encodeSegment = ({ number, first, cursor, parts, entries }: PlanSegment): Buffer =>
  encodeJson({
    v: 1,
    number,
    first,
    cursor,
    parts: parts.map((part) => [part.number, part.first, part.count]),
    entries: entries.map(packEntry),
  });

export const encodeClosing = (end: PlanEnd): Buffer =>
  encodeJson({ v: 1, number: end.segments + 1, first: end.accepted, cursor: '', parts: [], entries: [], end });

/** Throws ImgdError data_loss for anything that `encodeSegment` or `encodeClosing` doesn't write. */
export const decodeSegment = (bytes: Buffer, where: string): StoredSegment => {
  const value = decodeJson(bytes, where);
  if (!isRecord(value) || value.v !== 1) throw damaged(where, 'not a plan segment');
  const { number, first, cursor, parts, entries, end } = value;
  const shaped = isCount(number) && isCount(first) && typeof cursor === 'string';
  if (!shaped || !Array.isArray(parts) || !Array.isArray(entries)) throw damaged(where, 'not a plan segment');
  const segment: PlanSegment = {
    number,
    first,
    cursor,
    entries: entries.map((cells) => unpackEntry(cells) ?? fail(where, 'an entry')),
    parts: parts.map((cells) => unpackPart(cells) ?? fail(where, 'a part')),
  };
  let next = first;
  for (const part of segment.parts) {
    if (part.first !== next || part.count === 0) throw damaged(where, `part ${part.number} is out of place`);
    next += part.count;
  }
  if (next !== first + entries.length) throw damaged(where, 'its parts do not cover its entries');
  if (end === undefined) return { kind: 'segment', segment };
  if (!isPlanEnd(end)) throw damaged(where, 'not a plan end');
  return { kind: 'closing', segment, end };
};

const fail = (where: string, what: string): never => {
  throw damaged(where, `${what} is not readable`);
};
