/** Cuts a listing into segments and parts. Pure: entries in, segments out. */
import type { Part, PlanSegment } from './plan.js';
import type { Cursor, Entry, Listed } from './source.js';

export interface CutterOptions {
  /** Inputs of the first part, and so of the first segment: what work can start with. */
  readonly smallest?: number;
  /** Inputs of a part at most. */
  readonly largest?: number;
  /** Inputs of a segment at most. */
  readonly segment?: number;
  /** Estimated output of a row in bytes, and of a part at most. */
  readonly bytesPerRow?: number;
  readonly maxPartBytes?: number;
  /** The last segment is cut so that no part holds more than 1/tail of what is left: the work ends evenly. */
  readonly tail?: number;
}

const defaults: Required<CutterOptions> = {
  smallest: 64,
  largest: 1024,
  segment: 4096,
  bytesPerRow: 512,
  maxPartBytes: 256 * 2 ** 20,
  tail: 4,
};

export interface PlanCutter {
  /** Takes the next entry; gives a segment when one is full. */
  add(listed: Listed): PlanSegment | undefined;
  /** The listing ended: what is left, undefined if nothing is. */
  finish(): PlanSegment | undefined;
  /**
   * Goes on after a segment that stands in the plan: read on a resume, or another planner's. Entries taken since are
   * forgotten; the caller lists again from the segment's cursor.
   */
  adopt(segment: PlanSegment): void;
  /** What has been cut or adopted so far. */
  readonly cut: { readonly segments: number; readonly parts: number; readonly accepted: number };
}

/** Parts grow with their number: 64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024 … up to `largest`. */
const partSize = (number: number, smallest: number, largest: number): number =>
  Math.min(largest, smallest * 2 ** Math.min(30, Math.floor((number - 1) / 2)));

export function createPlanCutter(options: CutterOptions = {}): PlanCutter {
  const { smallest, largest, segment, bytesPerRow, maxPartBytes, tail } = { ...defaults, ...options };
  const affordable = Math.max(1, Math.floor(maxPartBytes / Math.max(1, bytesPerRow)));
  let cut = { segments: 0, parts: 0, accepted: 0 };
  let waiting: Entry[] = [];
  let cursor: Cursor = '';

  /** While parts grow, a segment is one scheduled part, so that each is dispatched as soon as it is listed. */
  const segmentSize = () => {
    const scheduled = partSize(cut.segments + 1, smallest, largest);
    return Math.min(segment, scheduled < largest ? scheduled : Math.floor(segment / largest) * largest || segment);
  };

  const partsOf = (count: number, last: boolean): Part[] => {
    const parts: Part[] = [];
    for (let left = count; left > 0; ) {
      const number = cut.parts + parts.length + 1;
      const scheduled = Math.min(partSize(cut.segments + 1, smallest, largest), affordable);
      const even = last ? Math.max(smallest, Math.ceil(left / tail)) : left;
      const size = Math.min(left, scheduled, even);
      parts.push({ number, first: cut.accepted + count - left, count: size });
      left -= size;
    }
    return parts;
  };

  const close = (last: boolean): PlanSegment | undefined => {
    if (waiting.length === 0) return undefined;
    const made: PlanSegment = {
      number: cut.segments + 1,
      first: cut.accepted,
      entries: waiting,
      parts: partsOf(waiting.length, last),
      cursor,
    };
    waiting = [];
    advance(made);
    return made;
  };

  const advance = (made: PlanSegment) => {
    cut = {
      segments: made.number,
      parts: made.parts.at(-1)?.number ?? cut.parts,
      accepted: made.first + made.entries.length,
    };
  };

  return {
    add(listed) {
      waiting.push(listed.entry);
      cursor = listed.cursor;
      return waiting.length >= segmentSize() ? close(false) : undefined;
    },
    finish: () => close(true),
    adopt(standing) {
      waiting = [];
      cursor = standing.cursor;
      advance(standing);
    },
    get cut() {
      return cut;
    },
  };
}
