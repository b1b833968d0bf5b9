import { createHash } from 'node:crypto';
import type { PipelineOptions } from '../ops/options.js';
import {
  bytesText,
  countOf,
  countText,
  durationText,
  megapixelsText,
  millisecondsText,
  shareText,
} from './quantities.js';
import { barTable, scoreColumns, stackedBar } from './report-page-charts.js';
import { type ReportFacts, stageNames } from './report-page-facts.js';
import { gallery } from './report-page-gallery.js';
import { breakable, escapeHtml, type Html, html } from './report-page-html.js';
import { failureSection, filterSection } from './report-page-reasons.js';
import { reportScript } from './report-page-script.js';
import { reportStyle } from './report-page-style.js';
import type { Thumbnail } from './report-page-thumbnails.js';

export interface ReportJob {
  /** Where the output is, for people. */
  readonly location: string;
  readonly model: string;
  readonly precision: string;
  readonly engine: string;
  readonly pipeline: Pick<PipelineOptions, 'filter' | 'decode' | 'icc'>;
  /** ISO 8601; null for a job that hasn't ended. */
  readonly finished: string | null;
  readonly created: string;
  /** How many inputs were accepted, null as long as they aren't all listed. */
  readonly accepted: number | null;
  readonly complete: boolean;
  readonly version: string;
}

export interface ReportInput {
  readonly title: string;
  readonly job: ReportJob;
  readonly facts: ReportFacts;
  /** By row index. */
  readonly thumbnails: ReadonlyMap<number, Thumbnail>;
}

/**
 * One HTML page that needs nothing else: no network, no font, no other file. The policy lets only the page's own style and
 * script run, each known by its hash, and pictures that are in the page.
 */
export function reportPage({ title, job, facts, thumbnails }: ReportInput): string {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src ${hashOf(reportStyle)}`,
    `script-src ${hashOf(reportScript)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const body = html`<header>
    <h1>${title}</h1>
    <p class="quiet place">${job.location}</p>
    ${notice(job, facts)}${sum(facts)}${jobFacts(job, facts)}
  </header>
  <nav aria-label="Sections"><ul>${sections.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
  <main>
    <div class="stack">${labelSection(facts)}${timeSection(facts)}</div>
    <div class="stack">
      ${scoreSection(facts)}${failureSection(facts)}${filterSection(facts, job.pipeline.filter)}${fileSection(facts)}
    </div>
    ${gallery(facts, thumbnails)}
  </main>
  <footer>
    <p>Made by imgd ${job.version} from the rows of this output. Names link to the originals where they are.</p>
  </footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
${body.markup}
<script>${reportScript}</script>
</body>
</html>
`;
}

const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

const sections = [
  ['labels', 'Labels'],
  ['time', 'Time'],
  ['scores', 'Scores'],
  ['failures', 'Failed'],
  ['filtered', 'Filtered'],
  ['files', 'Files'],
  ['pictures', 'Pictures'],
] as const;

const statuses = ['predicted', 'filtered', 'failed'] as const;

function notice({ complete, accepted }: ReportJob, facts: ReportFacts): Html | null {
  const rows = facts.predicted + facts.filtered + facts.failed;
  if (complete && accepted === rows) return null;
  if (complete) {
    return html`<p class="notice">
      The manifest counts ${countOf(accepted ?? 0, 'input')}, but its files hold ${countOf(rows, 'row')}: something was
      changed after the job. <code>imgctl verify</code> tells what.
    </p>`;
  }
  const of = accepted === null ? null : html` of ${countText(accepted)}`;
  return html`<p class="notice">
    The job is not complete: ${countText(rows)}${of} rows are written. The same command goes on where it stopped.
  </p>`;
}

function sum(facts: ReportFacts): Html {
  const rows = facts.predicted + facts.filtered + facts.failed;
  const term = (name: (typeof statuses)[number], place: number) =>
    html`<li class="sign">${place === 0 ? '=' : '+'}</li>
      <li><span class="dot ${name}"></span><b>${countText(facts[name])}</b> ${name}</li>`;
  const portions = statuses.map((name) => ({ name, kind: name, count: facts[name] }));
  const words = portions.map(({ name, count }) => `${shareText(count, rows)} ${name}`).join(', ');
  return html`<ul class="sum"><li><b>${countText(rows)}</b> accepted</li>${statuses.map(term)}</ul>
    ${stackedBar(portions, words)}`;
}

function jobFacts(job: ReportJob, facts: ReportFacts): Html {
  const { pixels } = facts;
  const entries: readonly (readonly [string, string])[] = [
    ['Model', job.model],
    ['Precision, engine', `${job.precision}, ${job.engine}`],
    ['Decode', `${job.pipeline.decode}, colour profiles ${job.pipeline.icc === 'apply' ? 'applied' : 'ignored'}`],
    [job.finished === null ? 'Begun' : 'Finished', dateText(job.finished ?? job.created)],
    ['Read', `${bytesText(facts.bytes)}${pixels.count === 0 ? '' : `, ${megapixelsText(pixels.sum)}`}`],
    ['Labels', countOf(facts.distinctLabels, 'different one')],
  ];
  return html`<dl class="facts">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** `2026-03-01 12:34 UTC`; whatever is no date as it is. */
const dateText = (iso: string): string => {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
};

const nothing = (sentence: string): Html => html`<p class="quiet">${sentence}</p>`;

function labelSection({ labels, distinctLabels, predicted }: ReportFacts): Html {
  const rows = labels.map(({ name, count }) => ({
    name,
    count,
    shown: html`<a href="#pictures" data-pick="${name}">${breakable(name)}</a>`,
  }));
  const more = distinctLabels - labels.length;
  return html`<section id="labels">
    <h2>Top labels</h2>
    ${rows.length === 0 ? nothing('Nothing was predicted.') : barTable('label', 'pictures', rows, predicted)}
    ${more > 0 ? nothing(`and ${countOf(more, 'less frequent label')}`) : null}
  </section>`;
}

function scoreSection({ scores, scoreMedian, predicted }: ReportFacts): Html {
  const sure = scores.slice(18).reduce((all, count) => all + count, 0);
  const unsure = scores.slice(0, 10).reduce((all, count) => all + count, 0);
  const words =
    `Half of the pictures have a best score above ${scoreMedian.toFixed(2)}. ` +
    `${shareText(sure, predicted)} have 0.9 or more, ${shareText(unsure, predicted)} less than 0.5.`;
  return html`<section id="scores">
    <h2>Best scores</h2>
    ${predicted === 0 ? nothing('Nothing was predicted.') : scoreColumns(scores, words)}
  </section>`;
}

function timeSection({ stages, perPicture, roads, predicted }: ReportFacts): Html {
  const all = stageNames.reduce((total, name) => total + stages[name].sum, 0);
  const decoded = roads.reduce((total, { count }) => total + count, 0);
  const times = html`${stageTable(stages, all)}
    <p class="quiet">
      Each stage from begin to end, added up over all processes: waiting for a free core is in it. Reading goes on behind
      the other stages and has no column in the rows.
    </p>
    ${barTable('a picture took', 'pictures', perPicture, predicted)}`;
  return html`<section id="time">
    <h2>Time</h2>
    ${all === 0 ? nothing('No times are recorded.') : times}
    ${decoded === 0 ? null : html`<h2 class="next">Decode roads</h2>${barTable('road', 'pictures', roads, decoded)}`}
  </section>`;
}

function stageTable(stages: ReportFacts['stages'], all: number): Html {
  const measured = stageNames.filter((name) => stages[name].count > 0);
  const portions = measured.map((name) => ({ name, kind: name, count: stages[name].sum }));
  const words = portions.map(({ name, count }) => `${name} ${shareText(count, all)}`).join(', ');
  const line = (name: (typeof stageNames)[number]) => {
    const { sum, max, quantile } = stages[name];
    return html`<tr>
      <th scope="row"><span class="dot ${name}"></span> ${name}</th>
      <td>${shareText(sum, all)}</td>
      <td>${millisecondsText(quantile(0.5))}</td>
      <td>${millisecondsText(quantile(0.95))}</td>
      <td>${millisecondsText(max)}</td>
      <td>${durationText(sum / 1000)}</td>
    </tr>`;
  };
  return html`${stackedBar(portions, words)}
    <div class="scroll"><table class="times">
      <thead class="quiet"><tr>
        <th scope="col">stage</th><th scope="col">share</th><th scope="col">median</th><th scope="col">95 %</th>
        <th scope="col">longest</th><th scope="col">all</th>
      </tr></thead>
      <tbody>${measured.map(line)}</tbody>
    </table></div>`;
}

function fileSection({ formats, megapixels, pixels, bytes }: ReportFacts): Html {
  const known = formats.reduce((all, { count }) => all + count, 0);
  const shown = formats.map(({ name, count, bytes: held }) => ({
    name,
    count,
    shown: html`${name} <span class="quiet">${bytesText(held)}</span>`,
  }));
  const [least, median, most] = [pixels.min, pixels.quantile(0.5), pixels.max].map(megapixelsText);
  const sizes = html`<h2 class="next">Sizes</h2>
    <p>From ${least!} to ${most!}, the median ${median!}; ${bytesText(bytes)} in all.</p>
    ${barTable('size', 'pictures', megapixels, pixels.count)}`;
  return html`<section id="files">
    <h2>Formats</h2>
    ${known === 0 ? nothing('No picture was recognised.') : barTable('format', 'pictures', shown, known)}
    ${pixels.count === 0 ? null : sizes}
  </section>`;
}
