/** Everything that a report says, gathered in one pass over the rows and in bounded memory. */
import type { Row } from '../ops/row.js';
import { createEvenSample, type EvenSample } from './even-sample.js';
import { createQuantileSketch, type QuantileSketch } from './quantile-sketch.js';

export const reportColumns = [
  'index',
  'origin',
  'height',
  'width',
  'format',
  'bytes',
  'sha256',
  'status',
  'reason',
  'message',
  'label',
  'score',
  'decode_path',
  'decode_ms',
  'resize_ms',
  'predict_ms',
] as const satisfies readonly (keyof Row)[];
export type ReportRow = Pick<Row, (typeof reportColumns)[number]>;

export interface Counted {
  readonly name: string;
  readonly count: number;
}

export interface Grouped extends Counted {
  readonly examples: readonly Pick<Row, 'index' | 'origin' | 'message'>[];
}

export const stageNames = ['decode', 'resize', 'predict'] as const;
type StageName = (typeof stageNames)[number];

export interface ReportFacts {
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  /** The most frequent top labels, at most 30, and how many different ones there are. */
  readonly labels: readonly Counted[];
  readonly distinctLabels: number;
  /** Best scores in 20 steps of 0.05. */
  readonly scores: readonly number[];
  readonly scoreMedian: number;
  readonly failures: readonly Grouped[];
  /** Filtered rows by the clause that was false. */
  readonly clauses: readonly Grouped[];
  readonly stages: Readonly<Record<StageName, QuantileSketch>>;
  /** Milliseconds of all stages together. */
  readonly perPicture: readonly Counted[];
  readonly roads: readonly Counted[];
  readonly formats: readonly (Counted & { readonly bytes: number })[];
  readonly megapixels: readonly Counted[];
  readonly pixels: QuantileSketch;
  readonly bytes: number;
  /** Rows for the gallery, by index; of `galleryOf` rows. */
  readonly gallery: readonly ReportRow[];
}

const topLabels = 30;
const scoreSteps = 20;
const examplesEach = 3;
/** Names that are counted apart; more than these fall under one. A model has far fewer classes, a filter fewer clauses. */
const maxNames = 50_000;
const maxGroups = 100;
const others = 'others';

const millisecondSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const megapixelSteps = [0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 50];

export interface FactsCollector {
  add(row: ReportRow): void;
  finish(): ReportFacts;
}

/** `pictures`: the most rows that the gallery shows. */
export function createFactsCollector(pictures: number): FactsCollector {
  const status = { predicted: 0, filtered: 0, failed: 0 };
  const labels = new Map<string, number>();
  const scores = Array<number>(scoreSteps).fill(0);
  const scoreSketch = createQuantileSketch();
  const failures = new Map<string, { count: number; examples: ReportRow[] }>();
  const clauses = new Map<string, { count: number; examples: ReportRow[] }>();
  const stages = { decode: createQuantileSketch(), resize: createQuantileSketch(), predict: createQuantileSketch() };
  const perPicture = createSteps(millisecondSteps);
  const roads = new Map<string, number>();
  const formats = new Map<string, { count: number; bytes: number }>();
  const megapixels = createSteps(megapixelSteps);
  const pixels = createQuantileSketch();
  let bytes = 0;
  const samples = {
    predicted: createEvenSample<ReportRow>(pictures),
    filtered: createEvenSample<ReportRow>(pictures),
    failed: createEvenSample<ReportRow>(pictures),
  };

  function addTimes(row: ReportRow): void {
    const times = { decode: row.decode_ms, resize: row.resize_ms, predict: row.predict_ms };
    let sum = 0;
    for (const name of stageNames) {
      if (times[name] === null) continue;
      stages[name].add(times[name]);
      sum += times[name];
    }
    if (row.status === 'predicted') perPicture.add(sum);
  }

  function addPicture(row: ReportRow): void {
    bytes += row.bytes ?? 0;
    if (row.decode_path !== null) countName(roads, row.decode_path);
    if (row.format !== null) {
      const format = formats.get(row.format) ?? { count: 0, bytes: 0 };
      formats.set(formats.size < maxGroups ? row.format : others, format);
      format.count += 1;
      format.bytes += row.bytes ?? 0;
    }
    if (row.height === null || row.width === null) return;
    pixels.add(row.height * row.width);
    megapixels.add((row.height * row.width) / 1e6);
  }

  return {
    add(row) {
      status[row.status] += 1;
      samples[row.status].add(row);
      addPicture(row);
      addTimes(row);
      if (row.status === 'failed') addGroup(failures, row.reason ?? 'unknown', row);
      if (row.status === 'filtered') addGroup(clauses, row.reason ?? 'unknown', row);
      const label = row.label?.[0];
      const score = row.score?.[0];
      if (label !== undefined) countName(labels, label);
      if (score === undefined || Number.isNaN(score)) return;
      scoreSketch.add(score);
      const step = Math.min(scoreSteps - 1, Math.max(0, Math.floor(score * scoreSteps)));
      scores[step] = (scores[step] ?? 0) + 1;
    },
    finish: () => ({
      ...status,
      labels: ranked(labels).slice(0, topLabels),
      distinctLabels: labels.size,
      scores,
      scoreMedian: scoreSketch.quantile(0.5),
      failures: groups(failures),
      clauses: groups(clauses),
      stages,
      perPicture: perPicture.counts((from, to) => stepName(from, to, 'ms')),
      roads: ranked(roads),
      formats: [...formats]
        .map(([name, format]) => ({ name, ...format }))
        .sort((left, right) => right.count - left.count || (left.name < right.name ? -1 : 1)),
      megapixels: megapixels.counts((from, to) => stepName(from, to, 'MP')),
      pixels,
      bytes,
      gallery: chooseGallery(samples, pictures),
    }),
  };
}

/**
 * Filtered and failed rows are few in most jobs, and what people look for: each gets its share of the tiles but at least a
 * tenth of them, as far as it has rows.
 */
function chooseGallery(
  { predicted, filtered, failed }: Readonly<Record<ReportRow['status'], EvenSample<ReportRow>>>,
  pictures: number,
): readonly ReportRow[] {
  const all = predicted.seen + filtered.seen + failed.seen;
  const few = ({ seen }: EvenSample<ReportRow>) =>
    all <= pictures ? seen : Math.min(seen, Math.max(Math.floor(pictures / 10), Math.floor((pictures * seen) / all)));
  const side = [...filtered.take(few(filtered)), ...failed.take(few(failed))];
  return [...predicted.take(pictures - side.length), ...side].sort((left, right) => left.index - right.index);
}

function countName(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < maxNames ? name : others;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function addGroup(into: Map<string, { count: number; examples: ReportRow[] }>, name: string, row: ReportRow): void {
  const key = into.has(name) || into.size < maxGroups ? name : others;
  const group = into.get(key) ?? { count: 0, examples: [] };
  into.set(key, group);
  group.count += 1;
  if (group.examples.length < examplesEach) group.examples.push(row);
}

const ranked = (counts: ReadonlyMap<string, number>): Counted[] =>
  [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((left, right) => right.count - left.count || (left.name < right.name ? -1 : 1));

const groups = (from: ReadonlyMap<string, { count: number; examples: ReportRow[] }>): Grouped[] =>
  [...from]
    .map(([name, { count, examples }]) => ({ name, count, examples }))
    .sort((left, right) => right.count - left.count || (left.name < right.name ? -1 : 1));

/** Counts by ranges; those at the ends that hold nothing are left out. */
function createSteps(bounds: readonly number[]) {
  const counts = Array<number>(bounds.length + 1).fill(0);
  return {
    add(value: number): void {
      const place = bounds.findIndex((bound) => value < bound);
      const step = place === -1 ? bounds.length : place;
      counts[step] = (counts[step] ?? 0) + 1;
    },
    counts(name: (from: number | undefined, to: number | undefined) => string): Counted[] {
      const first = counts.findIndex((count) => count > 0);
      const last = counts.findLastIndex((count) => count > 0);
      if (first === -1) return [];
      return counts
        .map((count, place) => ({ name: name(bounds[place - 1], bounds[place]), count }))
        .slice(first, last + 1);
    },
  };
}

function stepName(from: number | undefined, to: number | undefined, unit: string): string {
  if (from === undefined) return `under ${to} ${unit}`;
  return to === undefined ? `${from} ${unit} and more` : `${from} to ${to} ${unit}`;
}
