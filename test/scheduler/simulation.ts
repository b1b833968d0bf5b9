/**
 * A cluster in one thread: nodes that crash, freeze and wake up, a network that delays, loses and repeats messages, an
 * output that lets the first commit of a part win. The driver does what the real one does: it carries out effects,
 * reports what it hears, and takes silence for failure. Everything follows from the seed.
 */
import type { Effect } from '../../src/scheduler/effect.js';
import type { JobEvent } from '../../src/scheduler/job-event.js';
import { createJob, type JobState } from '../../src/scheduler/job-state.js';
import { nextTick } from '../../src/scheduler/next-tick.js';
import { defaultScheduler } from '../../src/scheduler/scheduler-options.js';
import { step } from '../../src/scheduler/step.js';
import { describeEffect } from './script.js';

export interface History {
  readonly seed: number;
  readonly outcome: string;
  readonly job: JobState;
  readonly trace: readonly string[];
  /** Breaches of the law; empty if all is well. */
  readonly breaches: readonly string[];
  /** How often each kind of trouble really happened. */
  readonly troubles: Readonly<Record<string, number>>;
}

/** A driver that hears nothing of an attempt for so long takes it for failed. */
const silenceMs = 4_000;
const limitMs = 3_600_000;

export function simulate(seed: number): History {
  const random = generator(seed);
  const chance = (p: number) => random() < p;
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));

  const names = ['a', 'b', 'c', 'd', 'e'].slice(0, between(1, 5));
  const parts = between(1, 30);
  const found = new Set<number>();
  const lossy = random() * 0.1;
  const flaky = chance(0.5) ? random() * 0.15 : 0;
  const crashy = chance(0.6) ? random() * 0.1 : 0;
  const fatal = chance(0.05) ? 0.05 : 0;
  const poison = chance(0.05) ? between(1, parts) : 0;
  const cancelAt = chance(0.05) ? between(100, 20_000) : null;

  const trace: string[] = [];
  const breaches: string[] = [];
  const troubles: Record<string, number> = {};
  const happens = (what: string) => {
    troubles[what] = (troubles[what] ?? 0) + 1;
  };

  // --- the world: virtual time, the output, the nodes ---------------------------------------------------------------
  let now = 0;
  let order = 0;
  const agenda: { at: number; order: number; act: () => void }[] = [];
  const at = (delay: number, act: () => void) => {
    agenda.push({ at: now + delay, order: order++, act });
  };
  /** Carries a message: once, twice, or never. */
  const send = (deliver: () => void) => {
    if (chance(lossy)) return happens('lost message');
    at(between(1, 300), deliver);
    if (chance(lossy)) {
      happens('repeated message');
      at(between(1, 5_000), deliver);
    }
  };
  /** Part → attempt that won. */
  const committed = new Map<number, string>();
  const nodes = new Map(names.map((name) => [name, { life: 0, up: true, slots: between(1, 3) }]));

  // --- the driver ---------------------------------------------------------------------------------------------------
  let job = createJob({ ...defaultScheduler, pendingTarget: between(1, 8) }, seed);
  let ended: string | null = null;
  let planned = 0;
  let planEnded = false;
  const open = new Map<string, string>();
  let tickAt: number | null = null;

  const tell = (event: JobEvent) => {
    trace.push(`${now} ${describeEvent(event)}`);
    if (event.type === 'node_left') for (const [key, node] of open) if (node === event.node) open.delete(key);
    if ('attempt' in event && event.attempt !== null) open.delete(`${event.part}/${event.attempt}`);
    if (event.type === 'part_committed') known.add(event.part);
    const result = step(job, event);
    job = result.job;
    for (const effect of result.effects) carryOut(effect);
    const next = nextTick(job);
    if (next !== null && next !== tickAt) {
      tickAt = next;
      at(Math.max(0, next - now), () => {
        tickAt = null;
        tell({ type: 'tick', now });
      });
    }
  };

  const carryOut = (effect: Effect) => {
    trace.push(`${now}   → ${describeEffect(effect)}`);
    if (ended !== null) breaches.push(`${describeEffect(effect)} after the end`);
    switch (effect.type) {
      case 'dispatch':
        return dispatched(effect.part.number, effect.attempt, effect.node);
      case 'cancel_attempt':
        return send(() => cancelled.add(`${effect.part}/${effect.attempt}`));
      case 'want_more':
        return at(between(1, 500), () => plan(effect.parts));
      case 'end':
        ended = `${effect.outcome}: ${effect.message}`;
    }
  };

  const plan = (count: number) => {
    for (let k = 0; k < count && planned < parts; k++) {
      const number = ++planned;
      tell({ type: 'part_planned', part: { number, first: (number - 1) * 10, count: 10, cost: 1 }, now });
    }
    if (planned < parts || planEnded) return;
    planEnded = true;
    tell({ type: 'plan_ended', parts, accepted: parts * 10, now });
  };

  const seen = new Set<string>();
  const known = new Set<number>();
  const dispatched = (part: number, attempt: number, name: string) => {
    const key = `${part}/${attempt}`;
    const record = job.parts.get(part);
    if (seen.has(key)) breaches.push(`${key} dispatched twice`);
    seen.add(key);
    if (known.has(part)) breaches.push(`part ${part} dispatched after its commit was told`);
    open.set(key, name);
    const here = [...open.values()].filter((node) => node === name).length;
    const node = job.nodes.get(name);
    if (node === undefined || !node.live) breaches.push(`${key} dispatched to ${name}, which is gone`);
    if (here > (node?.slots ?? 0)) breaches.push(`${here} parts on the ${node?.slots} slots of ${name}`);
    if ((record?.failures ?? 0) >= 4) breaches.push(`part ${part} dispatched after its fourth failure`);
    send(() => run(part, attempt, name));
    // silence, whatever its reason
    at(silenceMs + 2_000, () => {
      if (!open.has(key)) return;
      happens('silence');
      tell({ type: 'attempt_failed', part, attempt, node: name, class: 'transient', message: 'silent', now });
    });
  };

  // --- the nodes ----------------------------------------------------------------------------------------------------
  const cancelled = new Set<string>();
  const begun = new Set<string>();
  const run = (part: number, attempt: number, name: string) => {
    const key = `${part}/${attempt}`;
    const node = nodes.get(name)!;
    if (!node.up || begun.has(key)) return;
    begun.add(key);
    const life = node.life;
    const fail = (kind: 'node' | 'transient' | 'fatal', message: string) => {
      happens(kind);
      send(() => tell({ type: 'attempt_failed', part, attempt, node: name, class: kind, message, now }));
    };
    // a frozen node finishes long after it was given up
    const frozen = chance(flaky / 3);
    if (frozen) happens('frozen');
    at(frozen ? between(5_000, 30_000) : between(50, 3_000), () => {
      if (!node.up || node.life !== life) return;
      if (cancelled.has(key)) return fail('transient', 'stopped');
      if (part === poison) return fail('node', 'poison');
      if (chance(fatal)) return fail('fatal', 'the model is missing');
      if (chance(flaky)) return fail(chance(0.5) ? 'node' : 'transient', 'bad luck');
      if (chance(crashy / 4)) return crash(name, 'before the commit');
      if (chance(flaky / 4)) {
        happens('handed back');
        send(() => tell({ type: 'handed_back', part, attempt, node: name, now }));
        return at(2_000, () => tell({ type: 'node_joined', node: name, slots: node.slots, now }));
      }
      if (committed.has(part)) happens('lost race');
      else committed.set(part, key);
      if (!open.has(key)) happens('zombie commit');
      if (chance(crashy / 4)) return crash(name, 'before it told of its commit');
      send(() => tell({ type: 'part_committed', part, attempt, node: name, now }));
    });
  };
  const crash = (name: string, when: string) => {
    const node = nodes.get(name)!;
    happens(`crash ${when}`);
    node.up = false;
    node.life++;
    at(between(50, 1_000), () => tell({ type: 'node_left', node: name, now }));
    at(between(2_000, 60_000), () => {
      node.up = true;
      tell({ type: 'node_joined', node: name, slots: node.slots, now });
    });
  };

  // --- the history --------------------------------------------------------------------------------------------------
  if (chance(0.2)) for (let part = 1; part <= parts; part++) if (chance(0.4)) found.add(part);
  for (const part of found) committed.set(part, 'an earlier run');
  at(0, () => tell({ type: 'tick', now }));
  for (const part of found)
    at(between(0, 50), () => tell({ type: 'part_committed', part, attempt: null, node: null, now }));
  for (const name of names) {
    const { slots } = nodes.get(name)!;
    at(between(0, 2_000), () => tell({ type: 'node_joined', node: name, slots, now }));
    if (!chance(crashy * 3)) continue;
    at(between(2_500, 15_000), () => nodes.get(name)!.up && crash(name, 'at some moment'));
  }
  for (const name of names) {
    if (!chance(lossy * 2)) continue;
    at(between(2_500, 10_000), () => {
      happens('thought dead');
      tell({ type: 'node_left', node: name, now });
      at(between(1_000, 20_000), () => tell({ type: 'node_joined', node: name, slots: nodes.get(name)!.slots, now }));
    });
  }
  if (chance(flaky)) {
    at(between(2_000, 8_000), () => tell({ type: 'source_away', message: 'the mount is gone', now }));
    at(between(9_000, 90_000), () => tell({ type: 'source_back', now }));
    happens('source away');
  }
  if (cancelAt !== null) at(cancelAt, () => tell({ type: 'cancel', now }));

  while (agenda.length > 0 && now < limitMs) {
    let first = 0;
    for (let k = 1; k < agenda.length; k++) {
      const [one, best] = [agenda[k]!, agenda[first]!];
      if (one.at < best.at || (one.at === best.at && one.order < best.order)) first = k;
    }
    const [next] = agenda.splice(first, 1);
    now = next!.at;
    next!.act();
  }

  breaches.push(...lawBreaches());
  return { seed, outcome: ended ?? 'none', job, trace, breaches, troubles };

  /** What must hold when everything has come to rest. */
  function lawBreaches(): string[] {
    const found: string[] = [];
    if (ended === null) return ['the job never ended'];
    for (const part of committed.keys()) if (part > parts) found.push(`part ${part} is in no plan`);
    const missing = Array.from({ length: parts }, (_, k) => k + 1).filter((part) => !committed.has(part));
    if (ended.startsWith('succeeded') && missing.length > 0) found.push(`lost: ${missing.join(' ')}`);
    if (ended.startsWith('cancelled') && cancelAt === null) found.push('cancelled by nobody');
    if (ended.startsWith('failed')) {
      const lost = /^failed: part (\d+) .* failed 4 times/.exec(ended)?.[1];
      const reasons =
        lost !== undefined
          ? job.parts.get(Number(lost))?.failures === 4
          : ended.endsWith('is missing') || ended.endsWith('is gone');
      if (!reasons) found.push(`no reason for "${ended}"`);
    }
    const { pending, waiting, running, committed: done } = job.counts;
    if (pending + waiting + running + done !== job.parts.size) found.push('the counts do not add up');
    const taken = [...job.nodes.values()].reduce((sum, node) => sum + node.running, 0);
    if (taken !== job.attempts.size) found.push(`${taken} slots taken by ${job.attempts.size} attempts`);
    for (const record of job.parts.values()) {
      if (record.status === 'committed' && !committed.has(record.ref.number))
        found.push(`phantom ${record.ref.number}`);
    }
    return found;
  }
}

function describeEvent(event: JobEvent): string {
  const { type, now: _, ...rest } = event;
  return `${type} ${Object.values(rest)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ')}`;
}

/** Xorshift32 (Marsaglia 2003), in [0, 1); another generator than the scheduler's own. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 2654435761) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
