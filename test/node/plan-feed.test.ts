import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputStore } from '../../src/io/output-store.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import type { PlanEnd, PlanSegment } from '../../src/io/plan.js';
import { readPlan, readPlanEnd } from '../../src/io/plan-log.js';
import type { Source } from '../../src/io/source.js';
import { feedPlan } from '../../src/node/plan-feed.js';

const never = new AbortController().signal;
const cutting = { smallest: 2, largest: 4, segment: 4 };

/** A listing of `count` names whose cursors are ordinals; `listed` counts what was given out. */
function sourceOf(count: number, mark = 'a'): Source & { listed: number } {
  const source = {
    listed: 0,
    ignored: 5,
    async *list(after: string | undefined, signal: AbortSignal) {
      for (let at = after === undefined ? 0 : Number(after); at < count; at++) {
        signal.throwIfAborted();
        source.listed++;
        yield { entry: { uri: `file:///${mark}/${at}`, size: 1, version: null }, cursor: String(at + 1) };
      }
    },
    locate: () => Promise.reject(new Error('nobody reads here')),
    close: async () => {},
  };
  return source;
}

async function drain(plan: AsyncGenerator<PlanSegment, PlanEnd>): Promise<{ segments: PlanSegment[]; end: PlanEnd }> {
  const segments: PlanSegment[] = [];
  for (;;) {
    const { value, done } = await plan.next();
    if (done) return { segments, end: value };
    segments.push(value);
  }
}

const urisOf = (segments: readonly PlanSegment[]) => segments.flatMap(({ entries }) => entries.map(({ uri }) => uri));
const names = (count: number, mark = 'a') => Array.from({ length: count }, (_, at) => `file:///${mark}/${at}`);
const standing = async (store: OutputStore) => {
  const segments: PlanSegment[] = [];
  for await (const segment of readPlan(store)) segments.push(segment);
  return segments;
};

/** Takes `count` segments and leaves the plan as a killed process does. */
async function interrupted(store: OutputStore, source: Source, count: number): Promise<void> {
  const plan = feedPlan(store, source, cutting, never);
  for (let taken = 0; taken < count; taken++) if ((await plan.next()).done) return;
}

describe('feeding the plan', () => {
  it('without a store: all entries, an end, nothing written', async () => {
    const { segments, end } = await drain(feedPlan(null, sourceOf(23), cutting, never));
    expect(urisOf(segments)).toEqual(names(23));
    expect(end).toEqual({ segments: segments.length, parts: end.parts, accepted: 23, ignored: 5 });
  });

  it('with a store: each segment stands before it is given out', async () => {
    const store = openMemoryStore();
    const plan = feedPlan(store, sourceOf(23), cutting, never);
    for (let number = 1; ; number++) {
      const { value, done } = await plan.next();
      if (done) break;
      expect((await standing(store)).at(-1)).toEqual(value);
      expect(value.number).toBe(number);
    }
    expect(await readPlanEnd(store)).toMatchObject({ accepted: 23, ignored: 5 });
  });

  it('nothing to list: an end with nothing', async () => {
    const store = openMemoryStore();
    expect(await drain(feedPlan(store, sourceOf(0), cutting, never))).toEqual({
      segments: [],
      end: { segments: 0, parts: 0, accepted: 0, ignored: 5 },
    });
    expect(await readPlanEnd(store)).toMatchObject({ accepted: 0 });
  });

  it('not pulled: nothing is listed', async () => {
    const source = sourceOf(1_000);
    const plan = feedPlan(openMemoryStore(), source, cutting, never);
    await plan.next();
    const listed = source.listed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.listed).toBe(listed);
    expect(listed).toBeLessThan(10);
    await plan.return({ segments: 0, parts: 0, accepted: 0, ignored: 0 });
  });

  it('an ended plan: given out again without listing, although the listing would be longer by now', async () => {
    const store = openMemoryStore();
    const before = await drain(feedPlan(store, sourceOf(9), cutting, never));
    const source = sourceOf(50);
    expect(await drain(feedPlan(store, source, cutting, never))).toEqual(before);
    expect(source.listed).toBe(0);
  });

  it('killed between two segments any number of times: every entry once, in order', async () => {
    const kills = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), kills, async (count, taken) => {
        const store = openMemoryStore();
        for (const segments of taken) await interrupted(store, sourceOf(count), segments);
        const { segments, end } = await drain(feedPlan(store, sourceOf(count), cutting, never));
        expect(urisOf(segments)).toEqual(names(count));
        expect(end.accepted).toBe(count);
        expect(segments.flatMap(({ parts }) => parts.map(({ number }) => number))).toEqual(
          Array.from({ length: end.parts }, (_, i) => i + 1),
        );
        expect(await standing(store)).toEqual(segments);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('two plan at once, each with a listing of its own: both give out the same plan', async () => {
    const turns = fc.array(fc.boolean(), { minLength: 40, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(turns, async (order) => {
        const files = new Map<string, Buffer>();
        const feeds = ['a', 'b'].map((mark) => {
          const plan = feedPlan(openMemoryStore({ files }), sourceOf(21, mark), cutting, never);
          return { plan, segments: [] as PlanSegment[], end: undefined as PlanEnd | undefined };
        });
        const pull = async (feed: (typeof feeds)[number]) => {
          if (feed.end !== undefined) return;
          const { value, done } = await feed.plan.next();
          if (done) feed.end = value;
          else feed.segments.push(value);
        };
        for (const first of order) await pull(feeds[first ? 0 : 1]!);
        for (let turn = 0; turn < 60; turn++) await Promise.all(feeds.map(pull));
        expect(feeds[0]!.end).toBeDefined();
        expect(feeds[1]!.end).toEqual(feeds[0]!.end);
        expect(feeds[1]!.segments).toEqual(feeds[0]!.segments);
        const ordinals = urisOf(feeds[0]!.segments).map((uri) => Number(uri.split('/').at(-1)));
        expect(ordinals).toEqual(names(21).map((_, at) => at));
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it('aborted in the middle of the listing: rejected with the reason', async () => {
    const stop = new AbortController();
    const plan = feedPlan(openMemoryStore(), sourceOf(100), cutting, stop.signal);
    await plan.next();
    stop.abort(new Error('enough'));
    await expect(plan.next()).rejects.toThrow('enough');
  });

  it('the disk is full: rejected, and what was given out before stands', async () => {
    let allowed = 2;
    const fault = (step: string) => {
      if (step === 'link' && allowed-- === 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const store = openMemoryStore({ fault });
    const plan = feedPlan(store, sourceOf(100), cutting, never);
    const given = [(await plan.next()).value, (await plan.next()).value];
    await expect(plan.next()).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(await standing(store)).toEqual(given);
  });
});
