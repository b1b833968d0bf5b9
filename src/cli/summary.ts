/** What a run did, on a screen and as the object of `--json`. */
import type { RunSummary } from '../node/run-summary.js';
import { plainStream, type Style, type StyledStream, styleFor } from './style.js';

/** The issue's object: the names are a promise to scripts. */
export interface SummaryJson {
  readonly job: string;
  readonly output: string | null;
  readonly accepted: number;
  readonly predicted: number;
  readonly filtered: number;
  readonly failed: number;
  readonly seconds: number;
  readonly images_per_second: number;
  readonly model: string;
  readonly precision: string;
  readonly decode: string;
  readonly engine: string;
}

export function summaryJson(summary: RunSummary): SummaryJson {
  const { job, output, accepted, predicted, filtered, failed, model, precision, decode, engine } = summary;
  return {
    job,
    output,
    accepted,
    predicted,
    filtered,
    failed,
    seconds: round(summary.seconds, 3),
    images_per_second: round(summary.imagesPerSecond, 1),
    model,
    precision,
    decode,
    engine,
  };
}

/** Several lines, the last one with its newline; coloured if the stream is a terminal. */
export function renderSummary(summary: RunSummary, stream: StyledStream = plainStream): string {
  const style = styleFor(stream);
  const lines = [
    equation(summary, style),
    entry('time', speed(summary) + shares(summary)),
    ...failures(summary, style),
    ...roads(summary),
    entry('model', model(summary)),
  ];
  if (summary.resumed > 0) lines.push(entry('resumed', `${count(summary.resumed)} rows were there already`));
  if (summary.ignored > 0) lines.push(entry('ignored', ignoredSentence(summary.ignored)));
  if (summary.output !== null) {
    const output = shellWord(summary.output);
    lines.push(entry('output', summary.output));
    lines.push(entry('next', `imgctl show ${output}   imgctl report ${output}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Each line has its name in the first column. */
const entry = (name: string, text: string) => `${name.padEnd(8)} ${text}`;

/** `accepted = predicted + filtered + failed`; where that is false, it says so. */
function equation({ accepted, predicted, filtered, failed }: RunSummary, style: Style): string {
  const parts = [
    `${count(predicted)} predicted`,
    `${count(filtered)} filtered`,
    failed > 0 ? style.yellow(`${count(failed)} failed`) : '0 failed',
  ];
  const sum = predicted + filtered + failed;
  if (sum === accepted) return `${style.bold(`${count(accepted)} accepted`)} = ${parts.join(' + ')}`;
  return style.red(`${count(accepted)} accepted ≠ ${parts.join(' + ')} = ${count(sum)}: rows are missing or double`);
}

/** Without a rate where nothing was done: the output was complete. */
function speed({ seconds: wall, imagesPerSecond }: RunSummary): string {
  return imagesPerSecond > 0 ? `${seconds(wall)}, ${count(round(imagesPerSecond, 1))} img/s` : seconds(wall);
}

function model({ model: name, precision, engine, decode }: RunSummary): string {
  return `${name} ${precision}${engine === 'none' ? '' : ` on ${engine}`}, decode ${decode}`;
}

/** Of the executors' summed time, not of the wall's. */
function shares({ times }: RunSummary): string {
  const stages = [
    ['read', times.read],
    [times.read === null ? 'read and decode' : 'decode', times.decode],
    ['resize', times.resize],
    ['predict', times.predict],
  ] as const;
  const total = stages.reduce((sum, [, ms]) => sum + (ms ?? 0), 0);
  if (total <= 0) return '';
  const text = stages.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${Math.round((100 * ms) / total)} %`]));
  return `; of the executors' time ${text.join(', ')}`;
}

function failures(summary: RunSummary, style: Style): string[] {
  const byCount = Object.entries(summary.failures).sort(
    ([a, one], [b, two]) => two.count - one.count || (a < b ? -1 : 1),
  );
  const widest = Math.max(0, ...byCount.map(([code, { count: n }]) => `${count(n)} ${code}`.length));
  return byCount.map(([code, { count: n, example }], k) =>
    entry(
      k === 0 ? 'failed' : '',
      `${style.yellow(`${count(n)} ${code}`.padEnd(widest))}  ${style.dim(visible(example))}`.trimEnd(),
    ),
  );
}

function roads(summary: RunSummary): string[] {
  const byCount = Object.entries(summary.roads).sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1));
  return byCount.length === 0 ? [] : [entry('decoded', byCount.map(([road, n]) => `${count(n)} ${road}`).join(', '))];
}

function ignoredSentence(ignored: number): string {
  return ignored === 1
    ? '1 other file ignored (--all-files takes it)'
    : `${count(ignored)} other files ignored (--all-files takes them)`;
}

const count = (value: number) => value.toLocaleString('en-US');
const round = (value: number, digits: number) => Number(value.toFixed(digits));
const seconds = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;

/** Quoted for a POSIX shell where it needs to be, so that the line can be copied. */
const shellWord = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const visible = (text: string) =>
  text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
