/**
 * The plan in an output: consecutive segments, each created exclusively. Ending takes part in the same race: the end is
 * fixed by creating the next segment as a closing one, and `_plan/end.json` only says so aloud. So no planner can add a
 * segment behind an end, nor end a plan that went on.
 */

import { damaged, encodePrettyJson, readJson } from './json-file.js';
import { planEndName, planFolder, segmentName, segmentNumber } from './layout.js';
import type { OutputStore } from './output-store.js';
import type { PlanEnd, PlanSegment } from './plan.js';
import { decodeSegment, encodeClosing, encodeSegment, isPlanEnd, type StoredSegment } from './plan-segment.js';

type View = Pick<OutputStore, 'location' | 'read' | 'list'>;

const load = async (store: View, number: number): Promise<StoredSegment> => {
  const name = segmentName(number);
  const where = `${store.location}/${name}`;
  const bytes = await store.read(name);
  if (bytes === undefined) throw damaged(where, 'it is missing');
  const stored = decodeSegment(bytes, where);
  if (stored.segment.number !== number) throw damaged(where, `it calls itself segment ${stored.segment.number}`);
  return stored;
};

const numbersOf = async (store: View): Promise<number[]> => {
  const numbers: number[] = [];
  for await (const name of store.list(planFolder)) {
    const number = segmentNumber(name);
    if (number !== undefined) numbers.push(number);
  }
  return numbers.sort((left, right) => left - right);
};

/**
 * The segments that stand, in order, one in memory at a time; the closing one isn't among them. A gap, a damaged file or
 * segments that don't follow on each other: ImgdError data_loss.
 */
export async function* readPlan(store: View): AsyncGenerator<PlanSegment, void, undefined> {
  const numbers = await numbersOf(store);
  let next = { segment: 1, part: 1, index: 0 };
  for (const number of numbers) {
    if (number !== next.segment) throw damaged(`${store.location}/${segmentName(next.segment)}`, 'it is missing');
    const { kind, segment } = await load(store, number);
    if (segment.first !== next.index) {
      throw damaged(`${store.location}/${segmentName(number)}`, `it begins at ${segment.first}, not at ${next.index}`);
    }
    for (const [place, part] of segment.parts.entries()) {
      if (part.number === next.part + place) continue;
      throw damaged(`${store.location}/${segmentName(number)}`, `part ${part.number} is out of order`);
    }
    if (kind === 'closing') return;
    yield segment;
    next = {
      segment: number + 1,
      part: next.part + segment.parts.length,
      index: next.index + segment.entries.length,
    };
  }
}

/**
 * Creates the segment, durable before it resolves, and returns the one that stands under its number: ours or the
 * winner's. One without entries means that the plan was ended there by somebody else: see `readPlanEnd`.
 */
export const appendSegment = async (store: OutputStore, segment: PlanSegment): Promise<PlanSegment> => {
  const outcome = await store.createExclusive(segmentName(segment.number), encodeSegment(segment));
  return outcome === 'created' ? segment : (await load(store, segment.number)).segment;
};

export type PlanEnding =
  | { readonly kind: 'ended'; readonly end: PlanEnd }
  /** Another planner went on: adopt its segment and list on from its cursor. */
  | { readonly kind: 'behind'; readonly segment: PlanSegment };

/** Fixes how many inputs were accepted. The end that stands may be another planner's with the same segments. */
export const endPlan = async (store: OutputStore, end: PlanEnd): Promise<PlanEnding> => {
  const number = end.segments + 1;
  const outcome = await store.createExclusive(segmentName(number), encodeClosing(end));
  const stored = outcome === 'created' ? undefined : await load(store, number);
  if (stored?.kind === 'segment') return { kind: 'behind', segment: stored.segment };
  const standing = stored?.end ?? end;
  await store.createExclusive(planEndName, encodePrettyJson(standing));
  return { kind: 'ended', end: standing };
};

/** The plan's end, undefined while it is open. Holds also where the process died between closing and saying so. */
export const readPlanEnd = async (store: View): Promise<PlanEnd | undefined> => {
  const said = await readJson<PlanEnd>(store, planEndName, isPlanEnd);
  if (said !== undefined) return said;
  const last = (await numbersOf(store)).at(-1);
  if (last === undefined) return undefined;
  const stored = await load(store, last);
  return stored.kind === 'closing' ? stored.end : undefined;
};
