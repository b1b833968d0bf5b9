import { describe, expect, test } from 'vitest';
import { describeJob } from '../../src/scheduler/describe-job.js';
import type { JobEvent } from '../../src/scheduler/job-event.js';
import { nextTick } from '../../src/scheduler/next-tick.js';
import { story } from './script.js';

const tick = { type: 'tick', now: 0 } as const;
const plan = (number: number) =>
  ({ type: 'part_planned', part: { number, first: number, count: 1, cost: 1 }, now: 0 }) as const;

describe('a job without trouble', () => {
  test('parts run as they are planned, as many at once as there are slots, and the end follows the last commit', () => {
    const it = story();
    expect(it.joins('a', 2)).toEqual([]);
    expect(it.plans(1)).toEqual(['run 1/1 on a']);
    expect(it.plans(2)).toEqual(['run 2/1 on a']);
    expect(it.plans(3)).toEqual([]);
    expect(it.planEnds(3)).toEqual([]);
    expect(it.commits('2/1')).toEqual(['run 3/1 on a']);
    expect(it.commits('1/1')).toEqual([]);
    expect(it.commits('3/1')).toEqual(['succeeded: 3 parts committed']);
    expect(nextTick(it.job)).toBeNull();
  });

  test('an empty plan succeeds at once, even without a node', () => {
    expect(story().planEnds(0)).toEqual(['succeeded: 0 parts committed']);
  });

  test('parts wait for a node, then go to the one with the largest free share of its slots', () => {
    const it = story();
    for (const part of [1, 2, 3, 4, 5]) expect(it.plans(part)).toEqual([]);
    expect(it.joins('a', 1)).toEqual(['run 1/1 on a']);
    expect(it.joins('b', 4)).toEqual(['run 2/1 on b', 'run 3/1 on b', 'run 4/1 on b', 'run 5/1 on b']);
  });

  test('the plan may end before the last of its parts is known, and commits may come before their parts', () => {
    const it = story();
    it.joins('a');
    expect(it.isFound(2)).toEqual([]);
    expect(it.planEnds(2)).toEqual([]);
    expect(it.plans(1)).toEqual(['run 1/1 on a']);
    expect(it.commits('1/1')).toEqual([]);
    expect(it.plans(2)).toEqual(['succeeded: 2 parts committed']);
  });

  test('a plan whose end contradicts its parts fails the job', () => {
    const it = story();
    it.plans(1);
    expect(it.planEnds(1, 99)).toEqual(['failed: the plan holds 100 inputs in 1 parts, its end says 99 in 1']);
  });
});

describe('a resumed job', () => {
  test('what is committed is not run again; a complete output ends without a node', () => {
    const it = story();
    it.plans(1);
    it.plans(2);
    it.isFound(1);
    it.planEnds(2);
    expect(it.joins('a', 2)).toEqual(['run 2/1 on a']);
    expect(it.isFound(2)).toEqual(['stop 2/1 on a: the part is committed', 'succeeded: 2 parts committed']);
  });
});

describe('planning', () => {
  test('the first event asks for parts, and no more are asked while enough are coming', () => {
    const it = story({ pendingTarget: 4 });
    expect(it.tell(tick, true)).toEqual(['plan 4 more']);
    expect(it.tell(tick, true)).toEqual([]);
    for (const part of [1, 2, 3, 4]) expect(it.tell(plan(part), true)).toEqual([]);
  });

  test('more are asked when half of the waiting parts have been taken, and none after the end of the plan', () => {
    const it = story({ pendingTarget: 4 });
    it.tell(tick, true);
    for (const part of [1, 2, 3, 4]) it.tell(plan(part), true);
    expect(it.tell({ type: 'node_joined', node: 'a', slots: 1, now: 0 }, true)).toEqual(['run 1/1 on a']);
    expect(it.tell({ type: 'node_joined', node: 'b', slots: 1, now: 0 }, true)).toEqual([
      'run 2/1 on b',
      'plan 2 more',
    ]);
    it.tell(plan(5), true);
    it.tell({ type: 'plan_ended', parts: 5, accepted: 5, now: 0 }, true);
    const last = it.tell({ type: 'node_joined', node: 'c', slots: 3, now: 0 }, true);
    expect(last).toEqual(['run 3/1 on c', 'run 4/1 on c', 'run 5/1 on c']);
  });
});

describe('a planner that works in large segments', () => {
  test('overdraws its credit and is never left without it, whatever the size of its segments', () => {
    for (const segment of [1, 3, 40, 250]) {
      const it = story({ pendingTarget: 8 });
      let credit = 0;
      let planned = 0;
      const tell = (event: JobEvent) => {
        for (const line of it.tell(event, true)) {
          const more = /^plan (\d+) more$/.exec(line)?.[1];
          if (more !== undefined) credit += Number(more);
        }
      };
      const readOn = () => {
        while (credit > 0) for (let k = 0; k < segment; k++, credit--) tell(plan(++planned));
      };
      tell({ type: 'node_joined', node: 'a', slots: 1, now: 0 });
      for (let part = 1; part <= 1_000; part++) {
        readOn();
        expect(planned).toBeGreaterThanOrEqual(part);
        expect(planned - part).toBeLessThan(9 + segment);
        tell({ type: 'part_committed', part, attempt: 1, node: 'a', now: 0 });
      }
    }
  });
});

describe('drain', () => {
  test('a part handed back is not counted, goes first elsewhere, and the node rests until it joins again', () => {
    const it = story();
    it.joins('a');
    for (const part of [1, 2]) it.plans(part);
    expect(it.handsBack('1/1')).toEqual([]);
    expect(it.job.parts.get(1)!.failures).toBe(0);
    expect(describeJob(it.job)).toMatch(/node a: draining, 0 running[\s\S]*no live node takes parts/);
    expect(it.joins('b')).toEqual(['run 1/2 on b']);
    expect(it.joins('a')).toEqual(['run 2/1 on a']);
  });

  test('a node that joins with no slots finishes what it has', () => {
    const it = story();
    it.joins('a');
    it.plans(1);
    it.plans(2);
    expect(it.joins('a', 0)).toEqual([]);
    expect(it.commits('1/1')).toEqual([]);
  });
});

describe('a source that is away', () => {
  test('pauses the job, counts nothing, and the job goes on when it is back', () => {
    const it = story();
    it.joins('a', 2);
    for (const part of [1, 2, 3]) it.plans(part);
    expect(it.sourceAway('/mnt/photos is gone')).toEqual([
      'stop 1/1 on a: a source is away',
      'stop 2/1 on a: a source is away',
    ]);
    it.fails('1/1', 'transient', 'stopped');
    it.fails('2/1', 'transient', 'stopped');
    expect(it.after(59_000)).toEqual([]);
    expect(it.sourceBack()).toEqual(['run 1/2 on a', 'run 2/2 on a']);
    expect(it.job.parts.get(1)!.failures).toBe(0);
  });

  test('nothing that was stopped for it counts, even if the part runs again before it answers', () => {
    const it = story();
    it.joins('a', 2);
    it.plans(1);
    it.sourceAway('/mnt/photos is gone');
    expect(it.sourceBack()).toEqual(['run 1/2 on a']);
    expect(it.fails('1/1', 'fatal', 'stopped')).toEqual([]);
    expect(it.job.parts.get(1)!.failures).toBe(0);
    expect(it.job.parts.get(1)!.status).toBe('running');
    it.sourceAway('/mnt/photos is gone');
    it.sourceBack();
    expect(it.fails('1/2', 'node', 'stopped')).toEqual([]);
    expect(it.job.parts.get(1)!.failures).toBe(0);
  });

  test('for too long fails the job with its reason', () => {
    const it = story();
    it.joins('a');
    it.plans(1);
    it.sourceAway('/mnt/photos is gone');
    expect(nextTick(it.job)).toBe(60_000);
    expect(it.after(60_000)).toEqual(['failed: /mnt/photos is gone']);
  });
});

describe('late and repeated messages', () => {
  test('change nothing', () => {
    const it = story();
    it.joins('a');
    it.joins('a');
    it.plans(1);
    it.plans(1);
    it.plans(2);
    const failure = { type: 'attempt_failed', part: 1, attempt: 1, node: 'a', class: 'node', message: 'x' } as const;
    expect(it.tell({ ...failure, now: 0 })).toEqual(['run 2/1 on a']);
    expect(it.tell({ ...failure, now: 0 })).toEqual([]);
    expect(it.tell({ ...failure, attempt: 9, now: 0 })).toEqual([]);
    expect(it.job.parts.get(1)!.failures).toBe(1);
    it.commits('2/1');
    expect(it.isFound(2)).toEqual([]);
    expect(it.tell({ ...failure, part: 2, class: 'fatal', now: 0 })).toEqual([]);
    expect(it.leaves('nobody')).toEqual([]);
    expect(it.job.counts).toEqual({ pending: 0, waiting: 1, running: 0, committed: 1 });
  });

  test('a clock that goes back is ignored', () => {
    const it = story();
    it.after(5_000);
    it.tell({ type: 'tick', now: 1_000 });
    expect(it.job.now).toBe(5_000);
  });
});

test('cancel stops what runs and ends the job as cancelled', () => {
  const it = story();
  it.joins('a');
  it.plans(1);
  expect(it.cancel()).toEqual(['stop 1/1 on a: the job has been cancelled', 'cancelled: cancelled on request']);
});

test('10,000 parts go through in well under a second', () => {
  const it = story();
  it.joins('a', 4);
  const begun = performance.now();
  for (let part = 1; part <= 10_000; part++) it.plans(part);
  for (let part = 1; part <= 10_000; part++) it.commits(`${part}/1`);
  expect(it.planEnds(10_000)).toEqual(['succeeded: 10000 parts committed']);
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('the description names the state of parts, nodes and attempts', () => {
  const it = story();
  it.joins('a');
  it.joins('b');
  it.plans(1);
  it.plans(2);
  it.fails('1/1');
  expect(describeJob(it.job)).toBe(
    [
      'at 0.000 s: open',
      '  parts 2+: 0 pending, 1 waiting, 1 running, 0 committed',
      '  node a: 0 of 1 slots in use, failed parts 1',
      '  node b: 1 of 1 slots in use',
      '  attempt 2/1 runs on b since 0.000 s',
      `  part 1 waiting: failed 1 on a, again at ${(nextTick(it.job)! / 1000).toFixed(3)} s`,
    ].join('\n'),
  );
});
