/** The names inside an output. Everything that reads or writes one takes them from here. */
import { ImgdError } from '../base/errors.js';
import type { OutputFormat } from './job-spec.js';

export const jobName = '_job.json';
/** `_job.json` under this name: an overwrite began and didn't finish, the folder holds no job. */
export const replacedJobName = '_job.replaced.json';
export const successName = '_SUCCESS';
export const planFolder = '_plan/';
export const planEndName = '_plan/end.json';
export const endFolder = '_end/';
export const dataFolder = 'data/';
export const tempFolder = '_tmp/';

/** All that imgd ever makes at the top of an output, and so all that an overwrite may take away. */
export const topNames = [
  '_plan',
  '_tmp',
  'data',
  '_end',
  '_quarantine',
  successName,
  'annotated',
  'report.html',
] as const;

const padded = (number: number, digits: number) => String(number).padStart(digits, '0');

export const segmentName = (number: number) => `${planFolder}${padded(number, 6)}.json`;

export const endName = (number: number) => `${endFolder}${number}.json`;

/** `data/part-00001.parquet` */
export const partName = (number: number, format: OutputFormat) => `${dataFolder}part-${padded(number, 5)}.${format}`;

const numbered = (pattern: RegExp, name: string) => {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** The segment's number, undefined for any other name. */
export const segmentNumber = (name: string) => numbered(/^_plan\/(\d{6,})\.json$/, name);

export const endNumber = (name: string) => numbered(/^_end\/(\d+)\.json$/, name);

/** The part's number, undefined for another format's file and for what somebody else put there. */
export const partNumber = (name: string, format: OutputFormat) => {
  const number = numbered(/^data\/part-(\d{5,})\.\w+$/, name);
  return number !== undefined && partName(number, format) === name ? number : undefined;
};

/**
 * Names come from our own code; a name that leaves the output is a bug, stopped before a file is touched.
 * Throws ImgdError internal.
 */
export const checkName = (name: string): string => {
  const bad = name.includes('\0') || name.split('/').some((step) => step === '' || step === '.' || step === '..');
  if (bad) throw new ImgdError('internal', `not a name inside an output: ${JSON.stringify(name)}`);
  return name;
};

export const checkTempName = (name: string): string => {
  checkName(name);
  if (!name.startsWith(tempFolder)) throw new ImgdError('internal', `not a temporary file: ${JSON.stringify(name)}`);
  return name;
};
