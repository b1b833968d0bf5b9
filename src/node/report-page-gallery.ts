import { displayUri } from '../io/uri.js';
import { countOf, countText } from './quantities.js';
import type { ReportFacts, ReportRow } from './report-page-facts.js';
import { breakable, type Fragment, type Html, html } from './report-page-html.js';
import type { Thumbnail } from './report-page-thumbnails.js';

/** Tiles with thumbnails and labels, and the form that picks among them (shown by the script). */
export function gallery(facts: ReportFacts, thumbnails: ReadonlyMap<number, Thumbnail>): Html {
  const rows = facts.predicted + facts.filtered + facts.failed;
  const chosen =
    facts.gallery.length < rows
      ? html`<p class="quiet">
          ${countText(facts.gallery.length)} of ${countOf(rows, 'row')}, drawn evenly; at least a tenth of the places are
          for filtered and a tenth for failed ones, as far as there are any.
        </p>`
      : null;
  return html`<section class="wide" id="pictures">
    <h2>Pictures</h2>
    ${chosen}${picker}
    <ul class="tiles">${facts.gallery.map((row) => tile(row, thumbnails.get(row.index)))}</ul>
  </section>`;
}

const picker = html`<form id="pick" hidden autocomplete="off">
  <label class="words">Label or name<input type="search" name="words"></label>
  <label>Status
    <select name="status">
      <option value="">all</option><option>predicted</option><option>filtered</option><option>failed</option>
    </select>
  </label>
  <label>Score from<input type="number" name="from" min="0" max="1" step="0.05" placeholder="0"></label>
  <label>to<input type="number" name="to" min="0" max="1" step="0.05" placeholder="1"></label>
  <button type="reset">Show all</button>
  <p id="shown" class="quiet" role="status"></p>
</form>`;

function tile(row: ReportRow, thumbnail: Thumbnail | undefined): Html {
  const name = shortName(row.origin);
  const label = row.label?.[0] ?? null;
  const words = [label, name, row.status === 'failed' ? row.reason : null].filter((part) => part !== null).join(' ');
  const score = row.score?.[0];
  const best = score === undefined ? '' : score.toFixed(4);
  return html`<li class="tile" data-words="${words.toLowerCase()}" data-status="${row.status}" data-score="${best}">
    <div class="pic">${picture(row, thumbnail, label ?? row.status, name)}</div>
    ${verdict(row, label)}
    <p class="name">${originLink(row.origin, name)}</p>
    ${ranking(row)}
  </li>`;
}

function picture(row: ReportRow, thumbnail: Thumbnail | undefined, what: string, name: string): Html {
  if (thumbnail?.kind === 'picture') {
    const { data, width, height } = thumbnail;
    return html`<img src="${data}" width="${width}" height="${height}" alt="${what}: ${name}" decoding="async" loading="lazy">`;
  }
  if (row.status === 'failed') return html`<p class="failed">${row.reason}</p>`;
  return html`<p>No picture: ${thumbnail?.message ?? 'the original was not looked for'}</p>`;
}

function verdict(row: ReportRow, label: string | null): Fragment {
  if (label !== null) {
    return html`<p class="label"><span>${breakable(label)}</span><span class="number">${scoreText(row.score?.[0])}</span></p>`;
  }
  if (row.status === 'filtered')
    return html`<p class="label filtered"><span>filtered</span></p><p class="why quiet"><code>${row.reason}</code></p>`;
  return html`<p class="label failed"><span>${row.status}</span></p><p class="why">${row.message}</p>`;
}

/** All places; a single one has been said already. */
function ranking({ label, score }: ReportRow): Html | null {
  if (label === null || label.length < 2) return null;
  const place = (name: string, at: number) =>
    html`<li><span>${breakable(name)}</span><span class="number">${scoreText(score?.[at])}</span></li>`;
  return html`<details><summary>Top ${label.length}</summary><ol>${label.map(place)}</ol></details>`;
}

/** Two digits, as much as a glance takes in; never 1.00 for less than certain. */
const scoreText = (score: number | undefined): string =>
  score === undefined ? '' : score > 0.995 && score < 1 ? '> 0.99' : score.toFixed(2);

/** The last part of the path, for people. */
export function shortName(origin: string): string {
  const shown = displayUri(origin);
  return shown.slice(shown.lastIndexOf('/') + 1) || shown;
}

/** Files of this machine are linked; the percent-encoding leaves nothing in such an address that HTML minds. */
export function originLink(origin: string, shown: string): Html {
  if (!/^file:\/\/\/[A-Za-z0-9\-._~/%]*$/.test(origin))
    return html`<span class="name" title="${displayUri(origin)}">${shown}</span>`;
  return html`<a class="name" href="${origin}" title="${displayUri(origin)}">${shown}</a>`;
}
