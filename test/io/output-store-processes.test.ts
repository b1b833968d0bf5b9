/** Real processes on one output: racing, and killed at any moment. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFsStore, viewFsOutput } from '../../src/io/output-store-fs.js';
import { collect, useTempFolders } from './temp-folder.js';
import { transpiled } from './transpiled.js';

const makeFolder = useTempFolders();

const contentBytes = 200_000;

/** Names that a writer may be ahead of what its parent has heard: it can't be done before it is killed. */
const ahead = 3;

/** Creates every name from bytes and from files in turn, and says which ones it won. Waits for a word to begin. */
const writerScript = (store: string) => `
import { writeFile } from 'node:fs/promises';
import { openFsStore } from ${JSON.stringify(`file://${store}`)};
const [folder, me, names] = process.argv.slice(2);
const store = await openFsStore(folder);
let allowed = 0;
let wake = () => {};
process.on('message', () => {
  allowed += 1;
  wake();
});
process.send('ready');
for (let number = 0; number < Number(names); number += 1) {
  while (number >= allowed) await new Promise((resolve) => (wake = resolve));
  const name = 'data/part-' + number;
  const content = Buffer.alloc(${contentBytes}, me + ' ');
  const temp = number % 2 === 0 ? undefined : await store.temp('part');
  if (temp !== undefined) await writeFile(temp.path, content);
  const outcome = await store.createExclusive(name, temp ?? content);
  if (outcome === 'exists' && temp !== undefined) await store.discard(temp);
  process.send({ name, outcome });
}
process.disconnect();
`;

interface Report {
  readonly name: string;
  readonly outcome: 'created' | 'exists';
}

const start = async (script: string, folder: string, me: string, names: number) => {
  const child: ChildProcess = fork(script, [folder, me, String(names)], { execArgv: [], stdio: 'inherit' });
  const reports: Report[] = [];
  await once(child, 'message');
  const allow = () => {
    if (child.connected) child.send('one more', () => undefined); // it may be dead by now
  };
  child.on('message', (report: Report) => {
    reports.push(report);
    allow();
  });
  const go = () => {
    for (let each = 0; each < ahead; each += 1) allow();
  };
  return { child, go, reports, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
};

const makeScript = async () => {
  const code = await makeFolder();
  const script = join(code, 'writer.mjs');
  await writeFile(script, writerScript(await transpiled('io/output-store-fs.ts', code)));
  return script;
};

/** Whose content stands, after making sure that it is whole. */
const ownerOf = (content: Buffer | undefined): string | undefined => {
  const owner = content?.toString('latin1', 0, 2).trim();
  expect(content?.equals(Buffer.alloc(contentBytes, `${owner} `))).toBe(true);
  return owner;
};

test('processes race on one folder: each name has one winner, and its bytes are whole', async () => {
  const [script, folder] = [await makeScript(), await makeFolder()];
  const names = 60;
  const writers = await Promise.all(['a', 'b', 'c', 'd'].map((me) => start(script, folder, me, names)));
  for (const { go } of writers) go();
  for (const { ended } of writers) expect(await ended).toEqual([0, null]);
  const won = new Map<string, string>();
  for (const [place, { reports }] of writers.entries()) {
    expect(reports).toHaveLength(names);
    for (const { name, outcome } of reports) {
      if (outcome === 'exists') continue;
      expect(won.has(name)).toBe(false);
      won.set(name, 'abcd'[place] ?? '');
    }
  }
  expect(won.size).toBe(names);
  const view = viewFsOutput(folder);
  for (const [name, winner] of won) expect(ownerOf(await view.read(name))).toBe(winner);
  expect(await collect(view.list('_tmp/'))).toEqual([]);
});

test('killed at any moment: what was acknowledged stands, nothing is torn, and a sweep clears the rest', async () => {
  const [script, folder] = [await makeScript(), await makeFolder()];
  const names = 40;
  const acknowledged = new Set<string>();
  for (let life = 0; life < 6; life += 1) {
    const { child, go, reports, ended } = await start(script, folder, String(life), names);
    // the last life lives; the others die in the midst of the name after the one they reported
    child.on('message', () => {
      if (life < 5 && reports.length === 5 * life + 3) child.kill('SIGKILL');
    });
    go();
    expect(await ended).toEqual(life < 5 ? [null, 'SIGKILL'] : [0, null]);
    for (const { name, outcome } of reports) if (outcome === 'created') acknowledged.add(name);
    const view = viewFsOutput(folder);
    for await (const name of view.list('data/')) ownerOf(await view.read(name));
    for (const name of acknowledged) expect(await view.read(name)).toBeDefined();
  }
  expect(await collect(viewFsOutput(folder).list('data/'))).toHaveLength(names);
  const store = await openFsStore(folder);
  await store.sweep();
  expect(await collect(store.list('_tmp/'))).toEqual([]);
});
