import { expect, test } from 'vitest';
import { describeJob } from '../../src/scheduler/describe-job.js';
import { type History, simulate } from './simulation.js';

const histories = Number(process.env.IMGD_HISTORIES ?? 500);
const firstSeed = Number(process.env.IMGD_SEED ?? 1);

const story = (history: History) =>
  [
    `seed ${history.seed} (IMGD_SEED=${history.seed} IMGD_HISTORIES=1 repeats it): ${history.breaches.join('; ')}`,
    ...history.trace,
    describeJob(history.job),
  ].join('\n');

test(`${histories} histories under crashes, loss, repetition, freezing and zombies keep the conservation law`, () => {
  const outcomes: Record<string, number> = {};
  const troubles: Record<string, number> = {};
  for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
    const history = simulate(seed);
    if (history.breaches.length > 0) throw new Error(story(history));
    const outcome = history.outcome.split(':')[0]!;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    for (const [what, count] of Object.entries(history.troubles)) troubles[what] = (troubles[what] ?? 0) + count;
  }
  if (histories < 500) return;
  // the law is worth something only if the troubles were real and most jobs got through them
  expect(outcomes.succeeded).toBeGreaterThan(histories * 0.7);
  expect(outcomes.failed).toBeGreaterThan(histories * 0.02);
  expect(outcomes.cancelled).toBeGreaterThan(0);
  for (const trouble of [
    'lost message',
    'repeated message',
    'silence',
    'frozen',
    'node',
    'transient',
    'fatal',
    'handed back',
    'lost race',
    'zombie commit',
    'source away',
    'thought dead',
    'crash before the commit',
    'crash before it told of its commit',
    'crash at some moment',
  ]) {
    expect(troubles[trouble], trouble).toBeGreaterThan(5);
  }
});

test('equal seeds make equal histories', () => {
  expect(simulate(42).trace).toEqual(simulate(42).trace);
  expect(simulate(42).trace).not.toEqual(simulate(43).trace);
});
