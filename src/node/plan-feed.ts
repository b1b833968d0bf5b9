import type { OutputStore } from '../io/output-store.js';
import type { PlanEnd, PlanSegment } from '../io/plan.js';
import { type CutterOptions, createPlanCutter, type PlanCutter } from '../io/plan-cutter.js';
import { appendSegment, endPlan, readPlan, readPlanEnd } from '../io/plan-log.js';
import type { Cursor, Listed, Source } from '../io/source.js';

/**
 * The plan as it grows: what stands in the output first, then what the listing adds, each segment durable before it is
 * given out. Whoever writes a segment first decides it; we adopt the winner's and list on from its cursor. Without a store
 * nothing is written. Pulled one segment at a time: no pull, no listing.
 */
export async function* feedPlan(
  store: OutputStore | null,
  source: Source,
  cutting: CutterOptions,
  signal: AbortSignal,
): AsyncGenerator<PlanSegment, PlanEnd> {
  const cutter = createPlanCutter(cutting);
  let cursor: Cursor | undefined;
  if (store !== null) {
    for await (const segment of readPlan(store)) {
      cutter.adopt(segment);
      cursor = segment.cursor;
      yield segment;
    }
    const end = await readPlanEnd(store);
    // another planner may have gone on and ended the plan while we read: the listing below adopts what we missed
    if (end !== undefined && end.segments === cutter.cut.segments) {
      await endPlan(store, end); // a run that died between the two ways of saying it left one unsaid
      return end;
    }
  }
  for (;;) {
    const next: Standing = yield* listSegments(store, source.list(cursor, signal), cutter);
    if (next.kind === 'ended') return next.end;
    if (next.kind === 'listed') {
      const end: PlanEnd = { ...cutter.cut, ignored: source.ignored };
      if (store === null) return end;
      const ending = await endPlan(store, end);
      if (ending.kind === 'ended') return ending.end;
      cutter.adopt(ending.segment);
      yield ending.segment;
      cursor = ending.segment.cursor;
    } else {
      cursor = next.cursor;
    }
  }
}

/** Where a listing got to: to its end, or to where another planner was faster, or had even closed the plan. */
type Standing =
  | { readonly kind: 'listed' }
  | { readonly kind: 'overtaken'; readonly cursor: Cursor }
  | { readonly kind: 'ended'; readonly end: PlanEnd };

async function* listSegments(
  store: OutputStore | null,
  listing: AsyncIterable<Listed>,
  cutter: PlanCutter,
): AsyncGenerator<PlanSegment, Standing> {
  for await (const listed of listing) {
    const cut = cutter.add(listed);
    if (cut === undefined) continue;
    const standing = yield* settle(cut);
    if (standing !== undefined) return standing;
  }
  const last = cutter.finish();
  return (last && (yield* settle(last))) ?? { kind: 'listed' };

  async function* settle(cut: PlanSegment): AsyncGenerator<PlanSegment, Standing | undefined> {
    const stands = store === null ? cut : await appendSegment(store, cut);
    if (stands.entries.length === 0) return { kind: 'ended', end: (await readPlanEnd(store!))! };
    if (stands !== cut) cutter.adopt(stands);
    yield stands;
    return stands === cut ? undefined : { kind: 'overtaken', cursor: stands.cursor };
  }
}
