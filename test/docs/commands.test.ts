import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, page, projectRoot } from './markdown.js';
import { openSandbox, type Sandbox } from './sandbox.js';

const pages = ['README.md', 'docs/from-spark.md', 'docs/filter.md'] as const;

/** What no test has: pictures, networks and files of the reader's own, and a network to pull from. */
const readersOwn = /~\/photos|models pull|flowers\.onnx|PHOTOS|git clone/;

const title = (code: string) =>
  code
    .trim()
    .split('\n')[0]!
    .replace(/^npx imgctl /, '')
    .slice(0, 90);

for (const name of pages) {
  describe(`the commands of ${name}, run in their order`, () => {
    const marked = codeBlocks(page(name)).filter(({ marked }) => marked);
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await openSandbox();
    });
    afterAll(() => sandbox.remove());

    for (const [place, { code }] of marked.entries()) {
      test(`block ${place + 1}, ${title(code)}: succeeds`, async () => {
        const { code: exit, stderr } = await sandbox.run(code);
        expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' });
      });
    }

    if (name === 'README.md') {
      test('they leave what the page says they leave', () => {
        const lines = (file: string) => readFileSync(join(sandbox.folder, file), 'utf8').trim().split('\n');
        const jpegs = readdirSync(join(sandbox.folder, 'samples')).filter((file) => file.endsWith('.jpg'));
        expect(lines('rows.jsonl').map((line) => JSON.parse(line).format)).toEqual(jpegs.map(() => 'jpeg'));
        expect(lines('rows.csv')[0]).toMatch(/^index,origin,/);
        for (const file of ['labels/_SUCCESS', 'labels/report.html', 'chelsea.jpg', 'rest/_SUCCESS'])
          expect(existsSync(join(sandbox.folder, file)), file).toBe(true);
        expect(readdirSync(join(sandbox.folder, 'labels/annotated'))).toContain('3-chelsea.jpg');
        const counts = (output: string) => JSON.parse(lines(`${output}/_SUCCESS`).join('\n')).accepted as number;
        expect(counts('five') + counts('rest')).toBe(11);
        expect(counts('again')).toBe(1);
      });

      test('the JSON object that the page shows has the fields of the real one', async () => {
        const { stdout } = await sandbox.run('npx imgctl run samples --json --quiet');
        const shown = codeBlocks(page(name)).find(({ language }) => language === 'json')!;
        expect(Object.keys(JSON.parse(shown.code))).toEqual(Object.keys(JSON.parse(stdout)));
      });

      test('the library example prints a line for each picture', async () => {
        const { code } = codeBlocks(page(name)).find(({ language }) => language === 'ts')!;
        const library = pathToFileURL(join(projectRoot, 'dist/index.js')).href;
        await writeFile(join(sandbox.folder, 'example.mjs'), code.replace("'imgd'", `'${library}'`));
        const { code: exit, stdout, stderr } = await sandbox.run('node example.mjs');
        expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
        expect(stdout.match(/^file:\S+ \w+ /gm)).toHaveLength(11);
        expect(stdout).toMatch(/^11 rows in [\d.]+ s$/m);
      });
    }
  });

  test(`every other command in ${name} needs something of the reader's own`, () => {
    const unmarked = codeBlocks(page(name)).filter(({ marked, code }) => !marked && /^npx imgctl /m.test(code));
    expect(unmarked.filter(({ code }) => !readersOwn.test(code))).toEqual([]);
  });
}

test('the message that docs/filter.md shows for a wrong filter is the real one, and nothing is read', async () => {
  const sandbox = await openSandbox();
  try {
    const shown = codeBlocks(page('docs/filter.md')).find(({ code }) => code.startsWith('imgctl: filter:'))!;
    const { code, stderr, stdout } = await sandbox.run("npx imgctl run nowhere --filter 'image.heigth < 1000'");
    expect({ code, stderr, stdout }).toEqual({ code: 2, stderr: shown.code, stdout: '' });
  } finally {
    await sandbox.remove();
  }
});
