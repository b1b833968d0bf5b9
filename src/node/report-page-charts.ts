/** Charts without a library: rows of inline SVG bars beside their numbers, and columns. Colours come from the style sheet. */
import { countOf, countText, shareText } from './quantities.js';
import type { Counted } from './report-page-facts.js';
import { type Fragment, type Html, html } from './report-page-html.js';

const widthOf = (count: number, most: number): string => (most === 0 ? '0' : ((100 * count) / most).toFixed(2));

const bar = (count: number, most: number): Html =>
  html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${widthOf(count, most)}" height="10"></rect>
  </svg>`;

export interface BarRow extends Counted {
  /** Shown in place of the name; the name by default. */
  readonly shown?: Fragment;
}

/** A table: name, bar, count, share of `whole`. Bars are as long as the counts, the longest fills its cell. */
export function barTable(head: string, counted: string, rows: readonly BarRow[], whole: number): Html {
  const most = rows.reduce((max, { count }) => Math.max(max, count), 0);
  const line = ({ name, shown, count }: BarRow) =>
    html`<tr>
      <th scope="row">${shown ?? name}</th>
      <td class="barcell">${bar(count, most)}</td>
      <td class="number">${countText(count)}</td>
      <td class="number share">${shareText(count, whole)}</td>
    </tr>`;
  return html`<table class="bars">
    <thead class="quiet"><tr>
      <th scope="col">${head}</th>
      <td></td>
      <th scope="col" class="number">${counted}</th>
      <th scope="col" class="number share">share</th>
    </tr></thead>
    <tbody>${rows.map(line)}</tbody>
  </table>`;
}

/** Columns of equal steps from 0 to 1, with a tooltip each. `summary` says the same in words. */
export function scoreColumns(counts: readonly number[], summary: string): Html {
  const most = counts.reduce((max, count) => Math.max(max, count), 0);
  const step = 1 / counts.length;
  const column = (count: number, place: number) => {
    // a single picture among thousands must still be seen
    const height = count === 0 ? 0 : Math.max(1, (100 * count) / most);
    const from = (place * step).toFixed(2);
    const to = ((place + 1) * step).toFixed(2);
    const x = (place + 0.06).toFixed(2);
    const y = (100 - height).toFixed(2);
    return html`<rect x="${x}" y="${y}" width="0.88" height="${height.toFixed(2)}">
      <title>${from} to ${to}: ${countOf(count, 'picture')}</title>
    </rect>`;
  };
  return html`<figure class="columns">
    <p class="quiet most">${countText(most)}</p>
    <svg role="img" aria-label="${summary}" viewBox="0 0 ${counts.length} 100" preserveAspectRatio="none">
      ${counts.map(column)}
    </svg>
    <p class="ticks quiet" aria-hidden="true">
      <span>0</span><span>0.25</span><span>0.5</span><span>0.75</span><span>1</span>
    </p>
    <figcaption>${summary}</figcaption>
  </figure>`;
}

export interface Portion extends Counted {
  /** Class of the style sheet that has its colour. */
  readonly kind: string;
}

/** One bar cut into portions; the numbers stand beside it in text. */
export function stackedBar(portions: readonly Portion[], label: string): Html {
  const whole = portions.reduce((sum, { count }) => sum + count, 0);
  let left = 0;
  const piece = ({ name, count, kind }: Portion) => {
    if (count === 0) return null;
    const x = left.toFixed(3);
    const width = (100 * count) / whole;
    left += width;
    return html`<rect class="${kind}" x="${x}" width="${width.toFixed(3)}" height="10">
      <title>${name}: ${shareText(count, whole)}</title>
    </rect>`;
  };
  return html`<svg class="stacked" role="img" aria-label="${label}" viewBox="0 0 100 10" preserveAspectRatio="none">
    ${portions.map(piece)}
  </svg>`;
}
