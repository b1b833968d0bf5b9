import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.js';
import { type Column, outputColumns } from '../../src/io/row-schema.js';
import { filterFields } from '../../src/ops/filter/fields.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { extraColumns, failureCodes } from '../../src/ops/row.js';
import { page, projectRoot, tableBelow } from './markdown.js';

const parquetTypes: Record<Column['type'], string> = {
  int32: 'INT32',
  int64: 'INT64',
  float: 'FLOAT',
  string: 'STRING',
  binary: 'BYTE_ARRAY',
  'list<string>': 'LIST<STRING>',
  'list<float>': 'LIST<FLOAT>',
  'list<int32>': 'LIST<INT32>',
};

describe('docs/output.md', () => {
  const text = page('docs/output.md');

  test('names the columns of every row in their order, with their types, and those that are never null', () => {
    const said = tableBelow(text, '## Columns').map(([name, type, none]) => [name, type, none === 'never']);
    const real = outputColumns([], false).map(({ name, type, nullable }) => [name, parquetTypes[type], !nullable]);
    expect(said).toEqual(real);
  });

  test('names the columns on request, with both types of the arrays', () => {
    const said = tableBelow(text, 'On request, with `--columns`:').map(([name, type]) => [name, type]);
    const requested = (lists: boolean) => outputColumns(extraColumns, lists).slice(outputColumns([], lists).length);
    const [asBytes, asLists] = [requested(false), requested(true)];
    const real = asBytes.map(({ name, type }, place) => {
      const other = asLists[place]!.type;
      return [name, type === other ? parquetTypes[type] : `${parquetTypes[type]} or ${parquetTypes[other]}`];
    });
    expect(said).toEqual(real);
  });

  test('has every failure code in the order of the closed list, each with what to do', () => {
    const said = tableBelow(text, '## Why a row failed');
    expect(said.map(([code]) => code)).toEqual([...failureCodes]);
    expect(said.filter(([, what, advice]) => !what || !advice)).toEqual([]);
  });
});

test('docs/filter.md has every field, with its type and meaning as the help gives them', () => {
  const said = tableBelow(page('docs/filter.md'), '## Fields');
  expect(said).toEqual(filterFields.map(({ name, type, meaning }) => [name, type, meaning]));
});

test("README's exit codes are those of the program", () => {
  const said = tableBelow(page('README.md'), '## Exit codes').map(([code]) => Number(code));
  expect(said).toEqual(Object.values(exitCodes));
});

test("SECURITY.md's limits are the defaults", () => {
  const said = new Map(
    tableBelow(page('SECURITY.md'), '## Limits and their defaults').map(([name, value]) => [name, value]),
  );
  const { bytes, pixels, frames } = defaultPipeline.limits;
  expect(said.get('bytes of a file')).toBe(`${bytes / 2 ** 20} MB`);
  expect(said.get('pixels of a picture')).toBe(`${pixels / 1e6} million`);
  expect(said.get('frames')).toMatch(new RegExp(`^${frames.toLocaleString('en')},`));
});

test("README's option table is what the flags are", () => {
  const script = join(projectRoot, 'scripts/option-table.mjs');
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
});

/** GitHub's rule: lower case, blanks to dashes, other signs but letters, digits, dashes and underscores left out. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

test('every link between the documents leads to a file and a heading that exist', () => {
  const names = [
    ...readdirSync(projectRoot).filter((name) => name.endsWith('.md')),
    ...readdirSync(join(projectRoot, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  expect(names).toContain('README.md');
  const broken = names.flatMap((name) =>
    [...page(name).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].flatMap(([, link = '']) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? name : join(dirname(name), path);
      if (!existsSync(join(projectRoot, target))) return [`${name}: ${link}`];
      if (anchor === undefined) return [];
      const headings = [...page(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      return headings.includes(anchor) ? [] : [`${name}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});
