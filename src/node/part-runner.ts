import type { Part } from '../io/plan.js';
import type { PartSummary } from '../io/recount.js';
import type { Entry } from '../io/source.js';
import type { Row } from '../ops/row.js';

/** One execution of one part on one node. */
export interface Attempt {
  readonly part: Part;
  /** The part's inputs, `part.count` of them. */
  readonly entries: readonly Entry[];
  /** UUID: names the temporary file and stands in the committed one. */
  readonly id: string;
}

export type PartEvent =
  /** Rows in index order, each exactly once over an attempt. They count only once the part is committed. */
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  /** The part stands. The last event. Summary null: it isn't ours, or nothing is kept. */
  | { readonly kind: 'committed'; readonly summary: PartSummary | null };

/**
 * Does a part here or there. Implementations: local executors; a peer later. May be called concurrently. Ends with
 * `committed` or throws an ImgdError whose failureClass says who should try next; leaves nothing behind either way.
 */
export interface PartRunner {
  run(attempt: Attempt, signal: AbortSignal): AsyncIterable<PartEvent>;
}
