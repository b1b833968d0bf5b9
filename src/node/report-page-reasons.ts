import type { FailureCode } from '../ops/row.js';
import { countText, shareText } from './quantities.js';
import type { Grouped, ReportFacts } from './report-page-facts.js';
import { originLink, shortName } from './report-page-gallery.js';
import { type Html, html } from './report-page-html.js';

/** What a code means and what helps, for those who read a report and not the manual. */
const meanings: Readonly<Record<FailureCode, string>> = {
  not_found: 'The file was gone when its turn came.',
  permission_denied: 'The user who ran the job may not read the file.',
  invalid_path: 'The name is too long, has a NUL byte or leads out of the folder.',
  not_a_file: 'A folder, a pipe or a device stands at this name.',
  too_large: 'More bytes than --max-bytes allows.',
  source_error: 'The storage reported errors; run it again with --failed-of.',
  input_changed: 'The file was changed between listing and reading.',
  empty: 'The file has no bytes.',
  unsupported_format: 'Not a picture that imgd reads, whatever the name says.',
  truncated: 'The file is cut short: look for a broken copy or download.',
  corrupt: 'The bytes are damaged.',
  too_many_pixels: 'More pixels than --max-pixels allows.',
  too_many_frames: 'More frames than --max-frames allows, or an animation that unpacks far too large.',
  decode_error: 'The decoder refused the picture.',
  decoder_crash: 'Decoding it killed its process twice; the bytes are quarantined.',
  resource: 'Decoding it needs more memory than a process may use.',
  timeout: 'Decoding it took longer than its size allows.',
  predict_error: 'The model gave no usable scores.',
};

const meaningOf = (code: string): string | null => (meanings as Readonly<Record<string, string>>)[code] ?? null;

export function failureSection({ failed, failures }: ReportFacts): Html {
  const content = failed === 0 ? html`<p class="quiet">No input failed.</p>` : groupList(failures, failed, meaningOf);
  return html`<section id="failures"><h2>Failed</h2>${content}</section>`;
}

export function filterSection({ filtered, clauses }: ReportFacts, filter: string | null): Html {
  const rule =
    filter === null
      ? html`<p class="quiet">The job had no filter.</p>`
      : html`<p>Kept where <code>${filter}</code></p>`;
  return html`<section id="filtered">
    <h2>Filtered</h2>
    ${rule}${filtered === 0 ? null : groupList(clauses, filtered, () => null)}
  </section>`;
}

function groupList(groups: readonly Grouped[], whole: number, meaning: (name: string) => string | null): Html {
  const item = ({ name, count, examples }: Grouped) => {
    const means = meaning(name);
    return html`<li>
      <h3>
        <code>${name}</code>
        <span class="number">${countText(count)} <span class="share">${shareText(count, whole)}</span></span>
      </h3>
      ${means === null ? null : html`<p class="quiet">${means}</p>`}
      <ul>${examples.map(example)}</ul>
    </li>`;
  };
  return html`<ul class="groups">${groups.map(item)}</ul>`;
}

const example = ({ origin, message }: Grouped['examples'][number]): Html => html`<li>
  ${originLink(origin, shortName(origin))}
  ${message === null ? null : html`<span class="quiet says">${message}</span>`}
</li>`;
