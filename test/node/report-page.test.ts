import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type ReportInput, reportPage } from '../../src/node/report-page.js';
import { createFactsCollector, type ReportFacts } from '../../src/node/report-page-facts.js';
import { reportScript } from '../../src/node/report-page-script.js';
import { palettes } from '../../src/node/report-page-style.js';
import type { Thumbnail } from '../../src/node/report-page-thumbnails.js';
import type { Row } from '../../src/ops/row.js';
import { seededNumbers } from '../cli/look-fixture.js';
import { failedRow, filteredRow, plainRow } from '../io/sample-rows.js';

const job: ReportInput['job'] = {
  location: '/data/labels',
  model: 'efficientnet-lite0',
  precision: 'int8',
  engine: 'onnx',
  pipeline: { filter: 'height < 1000', decode: 'auto', icc: 'apply' },
  created: '2026-03-01T12:00:00.000Z',
  finished: '2026-03-01T12:34:56.000Z',
  accepted: 0,
  complete: true,
  version: '0.1.0',
};

function factsOf(rows: Iterable<Row>, pictures = 200): ReportFacts {
  const collector = createFactsCollector(pictures);
  for (const row of rows) collector.add(row);
  return collector.finish();
}

function pageOf(rows: readonly Row[], changes: Partial<ReportInput> = {}): string {
  const facts = factsOf(rows);
  return reportPage({
    title: 'labels',
    job: { ...job, accepted: rows.length },
    facts,
    thumbnails: new Map(),
    ...changes,
  });
}

const hostile = `</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>"'&`;

describe('the page', () => {
  test('says the sum, the model, precision, decode and date', () => {
    const page = pageOf([plainRow(0), plainRow(1), filteredRow(2), failedRow(3)]);
    const text = page.replace(/<style>.*?<\/style>|<script>.*?<\/script>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('4 accepted = 2 predicted + 1 filtered + 1 failed');
    for (const fact of ['efficientnet-lite0', 'int8, onnx', 'auto, colour profiles applied', '2026-03-01 12:34 UTC']) {
      expect(text).toContain(fact);
    }
    expect(text).toContain('truncated');
    expect(text).toContain('The file ends in the middle of the picture.');
    expect(text).toContain('Kept where height < 1000'.replace('<', '&lt;'));
  });

  test('holds no address but files of this machine', () => {
    const page = pageOf([
      plainRow(0),
      plainRow(1, { origin: 'https://example.org/a.jpg' }),
      plainRow(2, { origin: 'javascript:alert(1)' }),
      plainRow(3, { origin: 'tar+file:///a.tar#b.jpg' }),
    ]);
    const links = [...page.matchAll(/\s(?:href|src|action|data)="([^"]*)"/g)].map((found) => found[1]!);
    expect(
      links.filter((link) => !/^(#[a-z]+|file:\/\/\/[\w/.%~-]+|data:image\/webp;base64,[\w+/=]+)$/.test(link)),
    ).toEqual([]);
    expect(links).toContain('file:///photos/0.jpg');
    expect(page).not.toMatch(/@import|url\(|<link|<iframe|<base|srcset/i);
    expect(page.replaceAll('https://example.org/a.jpg', '')).not.toMatch(/https?:/);
  });

  test('shows hostile names, labels, messages and titles as text', () => {
    const rows = [
      plainRow(0, { label: [hostile, 'b'], origin: `file:///a/${hostile}`, decode_path: hostile, format: hostile }),
      { ...failedRow(1), reason: hostile, message: hostile, origin: hostile },
      { ...filteredRow(2), reason: hostile },
    ];
    const page = pageOf(rows, {
      title: hostile,
      job: { ...job, accepted: 3, model: hostile, location: hostile, pipeline: { ...job.pipeline, filter: hostile } },
    });
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.match(/<title>.*<\/title>\n<style>/)?.[0].match(/</g)).toHaveLength(3);
    expect(page).not.toContain('<img');
    expect(page.replace(/"[^"]*"/g, '').match(/<[a-z]+[^>]*\son\w+=/gi)).toBeNull();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('allows exactly its own style and script', () => {
    const page = pageOf([plainRow(0)]);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'");
    const hashOf = (tag: string) => {
      const content = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(page)![1]!;
      return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
    };
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      'img-src data:',
      `style-src ${hashOf('style')}`,
      `script-src ${hashOf('script')}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/<[a-z]+[^>]*\sstyle=/i);
  });

  test('of 20,000 rows stays below 5 MB with 200 thumbnails of 20 kB', () => {
    const random = seededNumbers(3);
    const rows = Array.from({ length: 20_000 }, (_, index) => {
      const draw = random();
      if (draw < 0.01) return { ...failedRow(index), message: `number ${index}` };
      if (draw < 0.05) return filteredRow(index);
      return plainRow(index, { label: [`label_${Math.floor(random() * 5000)}`, 'b'], score: [random(), 0] });
    });
    const facts = factsOf(rows);
    const picture: Thumbnail = {
      kind: 'picture',
      data: `data:image/webp;base64,${'A'.repeat(20_000)}`,
      width: 160,
      height: 90,
    };
    const thumbnails = new Map(facts.gallery.map(({ index }) => [index, picture]));
    const page = reportPage({ title: 'many', job: { ...job, accepted: rows.length }, facts, thumbnails });
    expect(facts.gallery).toHaveLength(200);
    expect(page.match(/<li class="tile"/g)).toHaveLength(200);
    expect(Buffer.byteLength(page)).toBeLessThan(5_000_000);
    expect(Buffer.byteLength(page) - 200 * 20_000).toBeLessThan(300_000);
    expect(
      reportPage({ title: 'many', job: { ...job, accepted: rows.length }, facts: factsOf(rows), thumbnails }),
    ).toBe(page);
  });

  test('of an incomplete job says so, and so does one whose rows are not those of the manifest', () => {
    expect(pageOf([plainRow(0)])).not.toContain('class="notice"');
    const incomplete = { ...job, complete: false, finished: null, accepted: 10 };
    expect(pageOf([plainRow(0)], { job: incomplete })).toContain('The job is not complete: 1 of 10 rows');
    expect(pageOf([plainRow(0)], { job: { ...job, accepted: 2 } })).toContain('2 inputs, but its files hold 1 row');
  });

  test('of no rows at all is a page', () => {
    const page = pageOf([]);
    expect(page).toContain('Nothing was predicted.');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('gives every picture an alternative text and says why one is missing', () => {
    const picture: Thumbnail = { kind: 'picture', data: 'data:image/webp;base64,AAAA', width: 160, height: 90 };
    const thumbnails = new Map<number, Thumbnail>([
      [0, picture],
      [1, { kind: 'missing', message: 'There is no file of this name.' }],
    ]);
    const page = pageOf([plainRow(0), plainRow(1)], { thumbnails });
    expect(page.match(/<img[^>]*>/g)).toEqual([expect.stringContaining('alt="dog: 0.jpg"')]);
    expect(page).toContain('No picture: There is no file of this name.');
  });
});

describe('the facts', () => {
  test('count labels, scores, failures, clauses, roads, formats and sizes', () => {
    const facts = factsOf([
      plainRow(0, { label: ['a', 'b'], score: [0.95, 0.01] }),
      plainRow(1, { label: ['a', 'b'], score: [1, 0] }),
      plainRow(2, { label: ['c'], score: [0.05], decode_path: 'napi', format: 'png', width: 4000, height: 3000 }),
      filteredRow(3),
      failedRow(4, 'corrupt'),
      failedRow(5, 'corrupt'),
      failedRow(6, 'empty'),
    ]);
    expect(facts).toMatchObject({ predicted: 3, filtered: 1, failed: 3, distinctLabels: 2 });
    expect(facts.labels).toEqual([
      { name: 'a', count: 2 },
      { name: 'c', count: 1 },
    ]);
    expect(facts.scores[1]).toBe(1);
    expect(facts.scores[19]).toBe(2);
    expect(facts.failures.map(({ name, count, examples }) => [name, count, examples.length])).toEqual([
      ['corrupt', 2, 2],
      ['empty', 1, 1],
    ]);
    expect(facts.clauses).toMatchObject([{ name: 'height < 1000', count: 1 }]);
    expect(facts.roads).toContainEqual({ name: 'napi', count: 1 });
    expect(facts.formats.map(({ name, count }) => [name, count])).toContainEqual(['png', 1]);
    expect(facts.megapixels.at(-1)).toEqual({ name: '10 to 25 MP', count: 1 });
    expect(facts.stages.predict).toMatchObject({ min: 4, max: 4 });
  });

  test('choose a gallery evenly, with a tenth for the few', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) =>
      index % 500 === 0 ? failedRow(index) : index % 1000 === 1 ? filteredRow(index) : plainRow(index),
    );
    const { gallery } = factsOf(rows, 100);
    const indices = gallery.map(({ index }) => index);
    expect(indices).toHaveLength(100);
    expect(indices).toEqual([...new Set(indices)].sort((left, right) => left - right));
    const of = (status: Row['status']) => gallery.filter((row) => row.status === status).map(({ index }) => index);
    expect(of('failed')).toHaveLength(10);
    expect(of('filtered')).toHaveLength(10);
    const predicted = of('predicted');
    const gaps = predicted.slice(1).map((index, place) => index - predicted[place]!);
    expect(Math.max(...gaps)).toBeLessThan(4 * Math.min(...gaps));
    expect(factsOf(rows.slice(0, 100), 100).gallery).toHaveLength(100);
    expect(factsOf(rows, 0).gallery).toEqual([]);
  });
});

test('text keeps a contrast of 4.5 to 1 in both schemes, and marks 3 to 1', () => {
  for (const palette of Object.values(palettes)) {
    for (const background of [palette.page, palette.card]) {
      for (const text of [palette.text, palette.quiet, palette.link, palette.filtered, palette.failed]) {
        expect(contrast(text, background), `${text} on ${background}`).toBeGreaterThanOrEqual(4.5);
      }
      for (const mark of [palette.predicted, palette.decode, palette.resize, palette.predict]) {
        expect(contrast(mark, background), `${mark} on ${background}`).toBeGreaterThanOrEqual(3);
      }
    }
  }
});

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string, two: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(one), luminance(two)].sort((left, right) => left - right);
  return (light! + 0.05) / (dark! + 0.05);
}

describe('the script', () => {
  const tiles = [
    { hidden: false, dataset: { words: 'garbage_truck a.jpg', status: 'predicted', score: '0.9000' } },
    { hidden: false, dataset: { words: 'tabby b.jpg', status: 'predicted', score: '0.3000' } },
    { hidden: false, dataset: { words: 'truncated c.jpg', status: 'failed', score: '' } },
  ];
  const field = () => ({ value: '' });
  const elements = { words: field(), status: field(), from: field(), to: field() };
  const listeners = new Map<string, () => void>();
  const form = {
    hidden: true,
    elements,
    addEventListener: (name: string, run: () => void) => listeners.set(name, run),
  };
  const shown = { textContent: '' };
  const document = {
    getElementById: (id: string) => (id === 'pick' ? form : shown),
    querySelectorAll: () => tiles,
    addEventListener: () => {},
  };
  runInNewContext(reportScript, { document, Element: class {}, setTimeout });

  const picked = (values: Partial<Record<keyof typeof elements, string>>) => {
    for (const name of Object.keys(elements) as (keyof typeof elements)[]) elements[name].value = values[name] ?? '';
    listeners.get('input')!();
    return tiles.flatMap(({ hidden }, place) => (hidden ? [] : [place]));
  };

  test('shows the form that only it can serve', () => {
    expect(form.hidden).toBe(false);
  });

  test('picks tiles by words, status and score', () => {
    expect(picked({})).toEqual([0, 1, 2]);
    expect(shown.textContent).toBe('All 3 shown');
    expect(picked({ words: ' TRUCK' })).toEqual([0]);
    expect(shown.textContent).toBe('1 of 3 shown');
    expect(picked({ status: 'failed' })).toEqual([2]);
    expect(picked({ from: '0.5' })).toEqual([0]);
    expect(picked({ to: '0.5' })).toEqual([1]);
    expect(picked({ words: '.jpg', from: '0', to: '1' })).toEqual([0, 1, 2]);
  });
});
