/** Two specs, compared in what changes the rows: which is all that a JobSpec holds. */
import type { JobSpec } from './job-spec.js';
import { isRecord } from './json-file.js';

const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

/** `pipeline.filter` is what the user knows as `filter`. */
const shown = (path: string) => path.replace(/^pipeline\./, '');

const join = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

const differences = (was: unknown, now: unknown, path: string): string[] => {
  if (Object.is(was, now)) return [];
  if (
    Array.isArray(was) &&
    Array.isArray(now) &&
    [...was, ...now].some((each) => isRecord(each) || Array.isArray(each))
  ) {
    const places = Array.from({ length: Math.max(was.length, now.length) }, (_, place) => place);
    return places.flatMap((place) => differences(was[place], now[place], `${path}[${place}]`));
  }
  if (isRecord(was) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(was[key], now[key], join(path, key)));
  }
  const [before, after] = [text(was), text(now)];
  return before === after ? [] : [`${shown(path)}: was ${before} now ${after}`];
};

/** As it is after a round trip through `_job.json`; the order of requested columns changes nothing. */
const canonical = (spec: JobSpec): unknown => {
  const sorted = { ...spec, pipeline: { ...spec.pipeline, columns: [...spec.pipeline.columns].sort() } };
  return JSON.parse(JSON.stringify(sorted)) as unknown;
};

/** One line for each field that differs, `filter: was "a" now "b"`; empty for equal specs. */
export const specDifferences = (was: JobSpec, now: JobSpec): readonly string[] =>
  differences(canonical(was), canonical(now), '');

export const equalSpecs = (left: JobSpec, right: JobSpec): boolean => specDifferences(left, right).length === 0;
