import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quarantineCommand } from '../../src/cli/quarantine.js';
import { plainRow } from '../io/sample-rows.js';
import { useTempFolders } from '../io/temp-folder.js';
import { makeOutput, runCaptured } from './look-fixture.js';

const folder = useTempFolders();
const quarantine = (...args: string[]) => runCaptured(quarantineCommand, args);

const sha256 = (digit: string) => digit.repeat(64);

async function outputWithNotes(): Promise<string> {
  const output = await folder();
  await makeOutput(output, [plainRow(0)]);
  const place = join(output, '_quarantine');
  await mkdir(place);
  const note = {
    sha256: sha256('a'),
    code: 'decoder_crash',
    versions: { sharp: '0.35.5' },
    at: '2026-03-01T12:00:00.000Z',
  };
  await writeFile(join(place, `${sha256('a')}.json`), JSON.stringify({ ...note, origin: 'file:///photos/a%20b.jpg' }));
  await writeFile(join(place, `${sha256('b')}.json`), 'not JSON');
  await writeFile(join(place, 'mine.txt'), 'of somebody else');
  return output;
}

test('list shows what killed decoders, damaged notes too', async () => {
  const { stdout } = await quarantine('list', await outputWithNotes());
  expect(stdout).toContain(
    `| ${sha256('a').slice(0, 12)} | decoder_crash | 2026-03-01T12:00:00.000Z | sharp 0.35.5 | /photos/a b.jpg |`,
  );
  expect(stdout).toContain(`| ${sha256('b').slice(0, 12)} | unreadable `);
});

test('list --json gives one object each, with the whole hash', async () => {
  const { stdout } = await quarantine('list', '--json', await outputWithNotes());
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      sha256: sha256('a'),
      code: 'decoder_crash',
      origin: 'file:///photos/a%20b.jpg',
      versions: { sharp: '0.35.5' },
      at: '2026-03-01T12:00:00.000Z',
    },
    { sha256: sha256('b'), code: null, origin: null, versions: {}, at: null },
  ]);
});

test('clear deletes the notes, says how many, and leaves the files of others', async () => {
  const output = await outputWithNotes();
  expect((await quarantine('clear', output)).stdout).toBe('2 inputs taken out of quarantine\n');
  expect(await readdir(join(output, '_quarantine'))).toEqual(['mine.txt']);
  expect((await quarantine('clear', output)).stdout).toBe('0 inputs taken out of quarantine\n');
  expect(await quarantine('list', output)).toEqual({ stdout: '', stderr: 'Nothing is in quarantine.\n' });
});

test('a folder that is no output is an error, and nothing in it is touched', async () => {
  const place = await folder();
  await mkdir(join(place, '_quarantine'));
  await writeFile(join(place, '_quarantine', `${sha256('a')}.json`), '{}');
  await expect(quarantine('clear', place)).rejects.toMatchObject({ code: 'not_found' });
  expect(await readdir(join(place, '_quarantine'))).toHaveLength(1);
});
