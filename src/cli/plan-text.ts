/** What `imgctl plan` found, on a screen and as the object of `--json`. */
import { displayUri } from '../io/uri.js';
import type { Examples, InputSurvey, Oddity } from '../node/plan-inputs.js';
import type { QuantileSketch } from '../node/quantile-sketch.js';
import { bytesText, countOf, countText, durationText, megapixelsText, shareText } from '../node/quantities.js';
import { type Style, type StyledStream, styleFor } from './style.js';

export interface RunEstimate {
  readonly seconds: number;
  readonly executors: number;
  /** Corrected by what the last run on this machine took. */
  readonly measured: boolean;
}

export interface PlanReport {
  readonly survey: InputSurvey;
  readonly filter: string | null;
  /** As they were given. */
  readonly inputs: readonly string[];
  readonly estimate: RunEstimate;
}

const oddityNames: Readonly<Record<Oddity, string>> = {
  cmyk: 'CMYK',
  deep: '16 bits or more',
  rotated: 'rotated by EXIF',
  animated: 'animated',
  profile: 'with a colour profile',
  alpha: 'with transparency',
};

const oversize: ReadonlySet<string> = new Set(['too_large', 'too_many_pixels', 'too_many_frames']);

const nameWidth = 10;

/** Several lines, each with its name in the first column; the last one ends with a newline. */
export function renderPlan({ survey, filter, estimate }: PlanReport, stream: StyledStream): string {
  const style = styleFor(stream);
  const { accepted, bytes, ignored, failures, odd } = survey;
  const failed = [...failures].map(([code, group]) => ({ name: code as string, ...group }));
  const lines = [
    entry('inputs', style.bold(countOf(accepted, 'file')) + (bytes > 0 ? `, ${bytesText(bytes)}` : '')),
    ...(ignored > 0 ? [entry('ignored', `${countOf(ignored, 'other file')} (--all-files takes them)`)] : []),
    ...formatLines(survey),
    ...sizeLines(survey.pixels),
    ...groupLines(
      'odd',
      [...odd].map(([name, group]) => ({ name: oddityNames[name], ...group })),
      style,
    ),
    ...groupLines(
      'oversize',
      failed.filter(({ name }) => oversize.has(name)),
      style,
    ),
    ...groupLines(
      'unreadable',
      failed.filter(({ name }) => !oversize.has(name)),
      style,
    ),
    ...filterLines(survey, filter, style),
    entry('will take', expected(estimate, survey)),
  ];
  return `${lines.join('\n')}\n`;
}

const entry = (name: string, text: string): string => `${name.padEnd(nameWidth)}  ${text}`;

const entries = (name: string, texts: readonly string[]): string[] =>
  texts.map((text, place) => entry(place === 0 ? name : '', text));

function formatLines({ formats }: InputSurvey): string[] {
  const cells = [...formats]
    .sort(([a, one], [b, two]) => two.count - one.count || (a < b ? -1 : 1))
    .map(([name, { count, bytes, pixels }]) => [
      name,
      countText(count),
      bytesText(bytes),
      `median ${megapixelsText(pixels.quantile(0.5))}`,
    ]);
  const lines = aligned(cells, ['left', 'right', 'right', 'left']);
  return entries(
    'formats',
    lines.map((line) => line.trimEnd()),
  );
}

function sizeLines(pixels: QuantileSketch): string[] {
  if (pixels.count === 0) return [];
  const median = megapixelsText(pixels.quantile(0.5));
  const range = `${megapixelsText(pixels.min)} smallest, ${median} median, ${megapixelsText(pixels.max)} largest`;
  return [entry('sizes', `${range}; ${megapixelsText(pixels.sum)} in all`)];
}

type Group = Examples & { readonly name: string };

function groupLines(title: string, groups: readonly Group[], style: Style): string[] {
  const ordered = [...groups].sort((one, two) => two.count - one.count || (one.name < two.name ? -1 : 1));
  const heads = aligned(
    ordered.map(({ name, count }) => [countText(count), name]),
    ['right', 'left'],
  );
  return entries(
    title,
    ordered.map(({ examples, count }, place) => {
      const more = count > examples.length ? ', …' : '';
      return `${heads[place]}  ${style.dim(`${examples.map(shortName).join(', ')}${more}`)}`;
    }),
  );
}

function filterLines(
  { kept, dropped, accepted, failures }: InputSurvey,
  filter: string | null,
  style: Style,
): string[] {
  if (filter === null) return [];
  const failed = [...failures.values()].reduce((sum, { count }) => sum + count, 0);
  const readable = accepted - failed;
  const head = `keeps ${style.bold(countText(kept))} of ${countOf(readable, 'picture')} (${shareText(kept, readable)})`;
  const groups = [...dropped].map(([name, group]) => ({ name: `not ${name}`, ...group }));
  return [entry('filter', head), ...groupLines('dropped', groups, style)];
}

function expected({ seconds, executors, measured }: RunEstimate, { kept }: InputSurvey): string {
  const basis = measured ? "by this machine's last run" : 'by figures of another machine: run once to make it better';
  // the start weighs too much in a short run
  const rate = seconds >= 5 ? `, ${countText(Math.round(kept / seconds))} img/s` : '';
  return `about ${durationText(seconds)}${rate} with ${countOf(executors, 'executor')} (an estimate ${basis})`;
}

/** Cells padded to columns, two blanks between them. */
function aligned(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        sides[column] === 'right' ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

const shortName = (origin: string): string => {
  const shown = displayUri(origin);
  return shown.slice(shown.lastIndexOf('/') + 1);
};

/** Names are a promise to scripts. Pixels and bytes are numbers; the median is within 1 %. */
export function planJson({ survey, filter, inputs, estimate }: PlanReport) {
  const { accepted, ignored, bytes, bytesRead, formats, pixels, odd, failures, kept, dropped } = survey;
  return {
    inputs,
    accepted,
    ignored,
    bytes,
    bytes_read: bytesRead,
    formats: Object.fromEntries(
      [...formats].map(([name, format]) => [
        name,
        { count: format.count, bytes: format.bytes, pixels: distribution(format.pixels) },
      ]),
    ),
    pixels: distribution(pixels),
    odd: Object.fromEntries(odd),
    failures: Object.fromEntries(failures),
    filter,
    kept,
    dropped: Object.fromEntries(dropped),
    expected_seconds: Number(estimate.seconds.toPrecision(3)),
    executors: estimate.executors,
    estimated_from: estimate.measured ? 'last_run' : 'built_in',
  };
}

const distribution = (pixels: QuantileSketch) =>
  pixels.count === 0
    ? null
    : { min: pixels.min, median: Math.round(pixels.quantile(0.5)), max: pixels.max, sum: pixels.sum };
