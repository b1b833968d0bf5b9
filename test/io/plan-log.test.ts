import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutputStore } from '../../src/io/output-store.js';
import { openMemoryStore } from '../../src/io/output-store-memory.js';
import type { PlanSegment } from '../../src/io/plan.js';
import { createPlanCutter } from '../../src/io/plan-cutter.js';
import { appendSegment, endPlan, readPlan, readPlanEnd } from '../../src/io/plan-log.js';
import type { Entry } from '../../src/io/source.js';
import { collect, errno } from './temp-folder.js';

const entry = (index: number): Entry => ({ uri: `file:///photos/${index}.jpg`, size: index, version: `${index}-1` });

const segment = (number: number, first: number, count: number, name = 'x'): PlanSegment => ({
  number,
  first,
  entries: Array.from({ length: count }, (_, place) => ({ ...entry(first + place), version: name })),
  parts: [{ number, first, count }],
  cursor: `${name} after ${first + count}`,
});

describe('a plan in an output', () => {
  test('segments are read as they were written, every kind of entry', async () => {
    const store = openMemoryStore();
    const entries: Entry[] = [
      entry(0),
      { uri: 'tar+file:///a.tar#b', size: 5, version: 'v', offset: 512 },
      { uri: 'file:///gone', size: null, version: null, refused: { code: 'not_found', message: 'It is not there.' } },
      { uri: 'tar+file:///a.tar#c', size: 5, version: 'v', offset: 0, refused: { code: 'empty', message: 'Nothing.' } },
    ];
    const whole: PlanSegment = {
      number: 1,
      first: 0,
      entries,
      parts: [
        { number: 1, first: 0, count: 3 },
        { number: 2, first: 3, count: 1 },
      ],
      cursor: 'c',
    };
    expect(await appendSegment(store, whole)).toEqual(whole);
    expect(await collect(readPlan(store))).toEqual([whole]);
    expect(await readPlanEnd(store)).toBeUndefined();
  });

  test('the loser of a segment gets the winner’s', async () => {
    const store = openMemoryStore();
    const ours = segment(1, 0, 3, 'ours');
    await appendSegment(store, ours);
    expect(await appendSegment(store, segment(1, 0, 5, 'theirs'))).toEqual(ours);
  });

  test('an end is read back, and the plan has no more segments', async () => {
    const store = openMemoryStore();
    await appendSegment(store, segment(1, 0, 3));
    const end = { segments: 1, parts: 1, accepted: 3, ignored: 7 };
    expect(await endPlan(store, end)).toEqual({ kind: 'ended', end });
    expect(await readPlanEnd(store)).toEqual(end);
    expect(await collect(readPlan(store))).toHaveLength(1);
    const late = await appendSegment(store, segment(2, 3, 4));
    expect(late.entries).toEqual([]);
    expect(await collect(readPlan(store))).toHaveLength(1);
  });

  test('an end behind a plan that went on is refused', async () => {
    const store = openMemoryStore();
    await appendSegment(store, segment(1, 0, 3));
    const next = await appendSegment(store, segment(2, 3, 4));
    expect(await endPlan(store, { segments: 1, parts: 1, accepted: 3, ignored: 0 })).toEqual({
      kind: 'behind',
      segment: next,
    });
    expect(await readPlanEnd(store)).toBeUndefined();
  });

  test('the process died between closing the plan and saying so: the end holds', async () => {
    const files = new Map<string, Buffer>();
    const end = { segments: 1, parts: 1, accepted: 3, ignored: 0 };
    const dying = openMemoryStore({
      files,
      fault: (step, name) => {
        if (step === 'write' && name === '_plan/end.json') throw errno('EIO');
      },
    });
    await appendSegment(dying, segment(1, 0, 3));
    await expect(endPlan(dying, end)).rejects.toMatchObject({ code: 'data_loss' });
    const next = openMemoryStore({ files });
    expect(await readPlanEnd(next)).toEqual(end);
    expect(await endPlan(next, { ...end, ignored: 5 })).toEqual({ kind: 'ended', end });
  });

  test('an empty plan has an end', async () => {
    const store = openMemoryStore();
    const end = { segments: 0, parts: 0, accepted: 0, ignored: 2 };
    expect(await endPlan(store, end)).toEqual({ kind: 'ended', end });
    expect(await collect(readPlan(store))).toEqual([]);
    expect(await readPlanEnd(store)).toEqual(end);
  });

  const broken: [string, (store: OutputStore) => Promise<unknown>, string][] = [
    ['a gap', (store) => appendSegment(store, segment(3, 5, 2)), '000002.json'],
    ['no JSON', (store) => store.createExclusive('_plan/000002.json', Buffer.from('{"v":1,"num')), '000002.json'],
    ['another version', (store) => store.createExclusive('_plan/000002.json', Buffer.from('{"v":2}')), '000002.json'],
    ['a wrong begin', (store) => appendSegment(store, segment(2, 6, 2)), '000002.json'],
    [
      'a part out of order',
      (store) => appendSegment(store, { ...segment(2, 5, 2), parts: [{ number: 9, first: 5, count: 2 }] }),
      'part 9',
    ],
    [
      'an uncovered entry',
      (store) => appendSegment(store, { ...segment(2, 5, 2), parts: [{ number: 2, first: 5, count: 1 }] }),
      'cover',
    ],
    [
      'a wrong number',
      (store) =>
        store.createExclusive(
          '_plan/000002.json',
          Buffer.from('{"v":1,"number":7,"first":5,"cursor":"","parts":[],"entries":[]}'),
        ),
      '7',
    ],
    [
      'a broken entry',
      (store) =>
        store.createExclusive(
          '_plan/000002.json',
          Buffer.from('{"v":1,"number":2,"first":5,"cursor":"","parts":[[2,5,1]],"entries":[[1]]}'),
        ),
      'entry',
    ],
  ];
  test.each(broken)('%s: data_loss', async (_, damage, named) => {
    const store = openMemoryStore();
    await appendSegment(store, segment(1, 0, 5));
    await damage(store);
    const failure = await collect(readPlan(store)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'data_loss', message: expect.stringContaining(named) });
  });
});

describe('two planners on one output', () => {
  /** Lists `inputs`, appends what it cuts, adopts what it loses. */
  const plan = async (store: OutputStore, inputs: number, small: number) => {
    const cutter = createPlanCutter({ smallest: small, largest: 16, segment: 32 });
    let at = 0;
    const settle = async (made: PlanSegment | undefined): Promise<'on' | 'ended'> => {
      if (made === undefined) return 'on';
      const standing = await appendSegment(store, made);
      if (standing === made) return 'on';
      if (standing.entries.length === 0) return 'ended';
      cutter.adopt(standing);
      at = Number(standing.cursor);
      return 'on';
    };
    for (;;) {
      while (at < inputs) {
        at += 1;
        if ((await settle(cutter.add({ entry: entry(at - 1), cursor: String(at) }))) === 'ended') return;
      }
      if ((await settle(cutter.finish())) === 'ended') return;
      if (at < inputs) continue;
      const ending = await endPlan(store, { ...cutter.cut, ignored: 0 });
      if (ending.kind === 'ended') return;
      cutter.adopt(ending.segment);
      at = Number(ending.segment.cursor);
    }
  };

  test('whatever the order of their steps, the plan has each input once and one end', async () => {
    const check = fc.asyncProperty(fc.scheduler(), fc.nat(200), async (scheduler, inputs) => {
      const files = new Map<string, Buffer>();
      const shuffled = () => openMemoryStore({ files, fault: (step) => scheduler.schedule(Promise.resolve(), step) });
      await scheduler.waitFor(
        Promise.all([plan(shuffled(), inputs, 4), plan(shuffled(), inputs, 7), plan(shuffled(), inputs + 9, 5)]),
      );
      const store = openMemoryStore({ files });
      const segments = await collect(readPlan(store));
      const uris = segments.flatMap(({ entries }) => entries.map(({ uri }) => uri));
      const accepted = uris.length;
      // one planner sees nine entries more; where the end falls between is the race's to say
      expect(accepted).toBeGreaterThanOrEqual(inputs);
      expect(accepted).toBeLessThanOrEqual(inputs + 9);
      expect(uris).toEqual(Array.from({ length: accepted }, (_, index) => entry(index).uri));
      const parts = segments.flatMap((each) => each.parts).length;
      expect(await readPlanEnd(store)).toEqual({ segments: segments.length, parts, accepted, ignored: 0 });
    });
    await fc.assert(check, { seed: 5, numRuns: 60 });
  });
});

test('a plan of 200,000 entries is read segment by segment', async () => {
  const store = openMemoryStore();
  const cutter = createPlanCutter();
  for (let index = 0; index < 200_000; index += 1) {
    const made = cutter.add({ entry: entry(index), cursor: String(index + 1) });
    if (made !== undefined) await appendSegment(store, made);
  }
  const last = cutter.finish();
  if (last !== undefined) await appendSegment(store, last);
  let accepted = 0;
  let largest = 0;
  for await (const { entries } of readPlan(store)) {
    accepted += entries.length;
    largest = Math.max(largest, entries.length);
  }
  expect(accepted).toBe(200_000);
  expect(largest).toBe(4096);
});
