import { describe, expect, test } from 'vitest';
import { describeJob } from '../../src/scheduler/describe-job.js';
import { nextTick } from '../../src/scheduler/next-tick.js';
import { aWhile, story } from './script.js';

describe('a node failure', () => {
  test('sends the part elsewhere after a backoff, even if it has to wait there', () => {
    const it = story();
    it.joins('a');
    it.joins('b');
    it.plans(1);
    it.plans(2);
    expect(it.fails('1/1', 'node', 'disk full')).toEqual([]);
    const due = nextTick(it.job)!;
    expect(due).toBeGreaterThanOrEqual(100);
    expect(due).toBeLessThanOrEqual(200);
    expect(it.after(due - 1)).toEqual([]);
    expect(it.after(1)).toEqual([]); // a is free, but b is the one to try
    expect(it.commits('2/1')).toEqual(['run 1/2 on b']);
  });

  test('four on one node fail the job with the part, its inputs and the last reason', () => {
    const it = story();
    it.joins('a');
    it.plans(1);
    it.plans(2);
    for (const [attempt, next] of [
      ['1/1', 'run 2/1 on a'],
      ['2/1', undefined],
    ] as const) {
      expect(it.fails(attempt)).toEqual(next === undefined ? [] : [next]);
    }
    expect(it.after(aWhile)).toEqual(['run 1/2 on a']);
    it.commits('1/2');
    for (const attempt of ['2/2', '2/3']) {
      it.fails(attempt);
      expect(it.after(aWhile).length).toBe(1);
    }
    expect(it.fails('2/4', 'node', 'disk full')).toEqual([
      'failed: part 2 (inputs 100 to 199) failed 4 times, last on a: disk full',
    ]);
    expect(it.after(aWhile)).toEqual([]);
  });

  test('two nodes share the four attempts', () => {
    const it = story({ failedParts: 100 });
    it.joins('a');
    it.joins('b');
    it.plans(1);
    const nodes: string[] = [];
    for (const attempt of [1, 2, 3]) {
      nodes.push(it.job.attempts.get(`1/${attempt}`)!.node);
      it.fails(`1/${attempt}`);
      it.after(aWhile);
    }
    nodes.push(it.job.attempts.get('1/4')!.node);
    expect(nodes.filter((node) => node === 'a').length).toBe(2);
    expect(it.fails('1/4')[0]).toMatch(/^failed: part 1 /);
  });

  test('each retry of a part waits twice as long, up to ten seconds, jittered by the seed', () => {
    const it = story({ attempts: 12 });
    it.joins('a');
    it.plans(1);
    for (let failure = 1; failure < 12; failure++) {
      it.fails(`1/${failure}`);
      const delay = nextTick(it.job)! - it.now;
      const full = Math.min(10_000, 200 * 2 ** (failure - 1));
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
      it.after(delay);
    }
  });
});

describe('a transient failure', () => {
  test('is tried once more on the same node, then elsewhere', () => {
    const it = story();
    it.joins('a', 2);
    it.joins('b', 2);
    expect(it.plans(1)).toEqual(['run 1/1 on a']);
    it.fails('1/1', 'transient');
    expect(it.after(aWhile)).toEqual(['run 1/2 on a']);
    it.fails('1/2', 'transient');
    expect(it.after(aWhile)).toEqual(['run 1/3 on b']);
    it.fails('1/3', 'transient');
    expect(it.after(aWhile)).toEqual(['run 1/4 on b']);
  });

  test('goes elsewhere at once where four nodes leave one attempt for each', () => {
    const it = story();
    for (const node of ['a', 'b', 'c', 'd']) it.joins(node);
    it.plans(1);
    for (const [attempt, node] of [
      ['1/1', 'b'],
      ['1/2', 'c'],
      ['1/3', 'd'],
    ] as const) {
      it.fails(attempt, 'transient');
      expect(it.after(aWhile)[0]).toMatch(` on ${node}`);
    }
    expect(it.fails('1/4', 'transient')[0]).toMatch(/^failed: part 1 /);
  });

  test('of three nodes gives every node a try', () => {
    const it = story({ failedParts: 100 });
    for (const node of ['a', 'b', 'c']) it.joins(node);
    it.plans(1);
    const nodes = ['1/1', '1/2', '1/3', '1/4'].map((attempt) => {
      const { node } = it.job.attempts.get(attempt)!;
      it.fails(attempt, 'transient');
      it.after(aWhile);
      return node;
    });
    expect(nodes).toEqual(['a', 'a', 'b', 'c']);
  });

  test('that a second try repairs leaves no stain on the node', () => {
    const it = story();
    it.joins('a');
    it.joins('b');
    it.plans(1);
    it.fails('1/1', 'transient');
    expect(it.job.nodes.get('a')!.failedParts.size).toBe(0);
    it.after(aWhile);
    it.fails('1/2', 'transient');
    expect([...it.job.nodes.get('a')!.failedParts]).toEqual([1]);
  });
});

describe('a fatal failure', () => {
  test('stops everything and ends the job; later events start nothing', () => {
    const it = story();
    it.joins('a', 2);
    for (const part of [1, 2, 3]) it.plans(part);
    expect(it.fails('1/1', 'fatal', 'the model is missing')).toEqual([
      'stop 2/1 on a: the job has failed',
      'failed: the model is missing',
    ]);
    expect(it.commits('2/1')).toEqual([]);
    expect(it.joins('b')).toEqual([]);
    expect(it.plans(4)).toEqual([]);
    expect(it.leaves('a')).toEqual([]);
    expect(it.cancel()).toEqual([]);
    expect(it.after(aWhile)).toEqual([]);
    expect(it.job.counts.committed).toBe(1);
  });
});

describe('exclusion', () => {
  test('two failed parts exclude a node for ten minutes', () => {
    const it = story();
    it.joins('a', 2);
    it.joins('b', 2);
    it.plans(1); // a
    it.plans(2); // b
    it.plans(3); // a
    expect(it.job.attempts.get('3/1')!.node).toBe('a');
    it.fails('1/1');
    it.fails('3/1');
    expect(it.job.nodes.get('a')!.excludedUntil).toBe(600_000);
    expect(it.plans(4)).toEqual(['run 4/1 on b']);
    expect(it.plans(5)).toEqual([]);
    expect(nextTick(it.job)).toBeLessThan(300);
    it.after(599_999);
    it.commits('2/1');
    it.commits('4/1');
    expect(it.job.nodes.get('a')!.running).toBe(0);
    expect(it.after(1).every((line) => line.endsWith('on a'))).toBe(true);
  });

  test('never takes the last node, and a job whose only free node is excluded uses it', () => {
    const it = story();
    it.joins('a', 2);
    it.plans(1);
    it.plans(2);
    it.fails('1/1');
    it.fails('2/1');
    expect(it.job.nodes.get('a')!.excludedUntil).toBe(0);
    expect(it.after(aWhile)).toEqual(['run 1/2 on a', 'run 2/2 on a']);
    it.joins('b', 2);
    it.fails('1/2');
    expect(it.job.nodes.get('a')!.excludedUntil).toBeGreaterThan(0);
    it.after(aWhile);
    expect(it.job.attempts.get('1/3')!.node).toBe('b');
    expect(it.leaves('b')).toEqual([]);
    expect(it.after(aWhile)).toEqual(['run 1/4 on a']);
  });

  test('has an end that the driver is told of', () => {
    const it = story();
    it.joins('a', 2);
    it.joins('b', 2);
    for (const part of [1, 2, 3]) it.plans(part);
    it.fails('1/1');
    it.fails('3/1');
    it.after(aWhile);
    for (const part of [4, 5]) it.plans(part);
    expect(it.job.counts).toMatchObject({ pending: 3, waiting: 0 });
    expect(nextTick(it.job)).toBe(600_000);
  });

  test('survives that the node leaves and joins again', () => {
    const it = story();
    it.joins('a', 2);
    it.joins('b', 1);
    for (const part of [1, 2, 3]) it.plans(part);
    it.fails('1/1');
    it.fails('3/1');
    it.leaves('a');
    it.joins('a', 2);
    expect(it.plans(4)).toEqual([]);
    expect(describeJob(it.job)).toMatch(/node a: 0 of 2 slots in use, excluded until 600.000 s/);
  });
});

describe('a node that leaves', () => {
  test('loses its parts to the others, is blamed once, and may still commit what it had', () => {
    const it = story();
    it.joins('a', 2);
    it.plans(1);
    it.plans(2);
    it.joins('b', 2);
    expect(it.leaves('a')).toEqual([]);
    expect([...it.job.nodes.get('a')!.failedParts]).toEqual([1]);
    expect(it.after(aWhile).sort()).toEqual(['run 1/2 on b', 'run 2/2 on b']);
    // the zombie wakes up and wins part 1
    expect(it.tell({ type: 'part_committed', part: 1, attempt: 1, node: 'a', now: it.now })).toEqual([
      'stop 1/2 on b: the part is committed',
    ]);
    expect(it.job.nodes.get('b')!.running).toBe(2); // until the stopped attempt answers
    expect(it.fails('1/2', 'transient', 'stopped')).toEqual([]);
    expect(it.job.nodes.get('b')!.running).toBe(1);
    expect(it.job.parts.get(1)!.failures).toBe(1);
    it.planEnds(2);
    expect(it.commits('2/2')).toEqual(['succeeded: 2 parts committed']);
  });

  test('and commits before the retry is due leaves nothing to retry', () => {
    const it = story();
    it.joins('a');
    it.plans(1);
    it.leaves('a');
    it.isFound(1);
    it.joins('b');
    expect(nextTick(it.job)).toBeNull();
    expect(it.after(aWhile)).toEqual([]);
  });
});
