import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { ImgdError } from '../base/errors.js';
import { isRecord } from '../io/json-file.js';
import { viewFsOutput } from '../io/output-store-fs.js';
import { describeOutput } from '../io/read-output.js';
import { displayUri } from '../io/uri.js';
import { countOf } from '../node/quantities.js';
import { processTerminal, type Terminal } from './process-terminal.js';
import { styleFor } from './style.js';
import { renderTable } from './table.js';
import { write } from './terminal.js';

/** What stands in `_quarantine/<sha256>.json`: bytes that killed decoders. */
interface QuarantineNote {
  readonly sha256: string;
  /** A failure code; null in a note that can't be read. */
  readonly code: string | null;
  readonly origin: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly at: string | null;
}

const output = () => new Argument('<output>', 'the folder that a run wrote with --out');

/** `imgctl quarantine`: inputs that no executor of a job tries again. */
export function quarantineCommand(terminal: Terminal = processTerminal): Command {
  const list = new Command('list')
    .description('what is in quarantine')
    .addArgument(output())
    .addOption(new Option('--json', 'one JSON object each').default(false))
    .action((folder: string, flags: { json: boolean }) => listNotes(folder, flags.json, terminal));
  const clear = new Command('clear')
    .description('empty it: the next run tries these inputs again')
    .addArgument(output())
    .action((folder: string) => clearNotes(folder, terminal));
  return new Command('quarantine')
    .description('inputs whose bytes killed decoders, which a job does not try again')
    .addCommand(list)
    .addCommand(clear);
}

async function listNotes(folder: string, json: boolean, terminal: Terminal): Promise<void> {
  const notes = await readNotes(folder);
  if (json) return await write(terminal.stdout, notes.map((note) => `${JSON.stringify(note)}\n`).join(''));
  if (notes.length === 0) return await write(terminal.stderr, 'Nothing is in quarantine.\n');
  const columns = [{ name: 'sha256' }, { name: 'code' }, { name: 'since' }, { name: 'decoders' }, { name: 'origin' }];
  const cells = notes.map(({ sha256, code, at, versions, origin }) => [
    sha256.slice(0, 12),
    code ?? 'unreadable',
    at ?? '',
    decodersOf(versions),
    origin === null ? '' : displayUri(origin),
  ]);
  const style = styleFor(terminal.stdout);
  await write(terminal.stdout, renderTable(columns, cells, { width: terminal.stdout.columns ?? null, style }));
}

async function clearNotes(folder: string, terminal: Terminal): Promise<void> {
  const notes = await readNotes(folder);
  for (const { sha256 } of notes) {
    await rm(join(folder, `_quarantine/${sha256}.json`), { force: true }).catch((error: unknown) => {
      throw ImgdError.from(error);
    });
  }
  await write(terminal.stdout, `${countOf(notes.length, 'input')} taken out of quarantine\n`);
}

/** Throws ImgdError not_found where no output is. Files of other names aren't ours. */
async function readNotes(folder: string): Promise<readonly QuarantineNote[]> {
  await describeOutput(folder);
  const view = viewFsOutput(folder);
  const notes: QuarantineNote[] = [];
  for await (const name of view.list('_quarantine/')) {
    const sha256 = /^_quarantine\/([0-9a-f]{64})\.json$/.exec(name)?.[1];
    const content = sha256 === undefined ? undefined : await view.read(name);
    if (sha256 !== undefined && content !== undefined) notes.push(parseNote(sha256, content));
  }
  return notes;
}

/** A damaged note is still a note: it can be listed and cleared. */
function parseNote(sha256: string, content: Buffer): QuarantineNote {
  const { code, origin, versions, at } = recordOf(content);
  return {
    sha256,
    code: textOf(code),
    origin: textOf(origin),
    versions: isRecord(versions)
      ? Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, String(version)]))
      : {},
    at: textOf(at),
  };
}

function recordOf(content: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const decodersOf = (versions: Readonly<Record<string, string>>): string =>
  ['sharp', '@napi-rs/image'].flatMap((name) => (versions[name] ? [`${name} ${versions[name]}`] : [])).join(', ');
