import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { ImgdError } from '../base/errors.js';
import { jsonlLine } from '../io/jsonl-writer.js';
import { describeOutput, type OutputDescription, readRows } from '../io/read-output.js';
import { baseColumns, outputColumns } from '../io/row-schema.js';
import { countOf } from '../node/quantities.js';
import type { Row } from '../ops/row.js';
import { openOnDesktop } from './open-on-desktop.js';
import { parseCount } from './parse-values.js';
import { processTerminal, type Terminal } from './process-terminal.js';
import { rowInFull } from './row-in-full.js';
import { styleFor } from './style.js';
import { renderShow, renderTable } from './table.js';
import { write } from './terminal.js';

interface ShowFlags {
  readonly limit: number;
  readonly from: number;
  readonly status?: Row['status'];
  readonly json: boolean;
  readonly row?: number;
  readonly open: boolean;
  readonly save?: string;
  readonly bgr: boolean;
}

/** Starts a viewer; false where there is no desktop. */
export type OpenPicture = (path: string) => Promise<boolean>;

const examples = `
Examples:
  imgctl show labels --limit 20
  imgctl show labels --status failed --json
  imgctl show labels --row 40 --open`;

/** `imgctl show`: rows of an output, or one of them with its picture. */
export function showCommand(
  signal: AbortSignal = new AbortController().signal,
  terminal: Terminal = processTerminal,
  openPicture: OpenPicture = openOnDesktop,
): Command {
  return new Command('show')
    .description('show rows of an output')
    .addArgument(new Argument('<output>', 'the folder that a run wrote with --out'))
    .addOption(new Option('--limit <count>', 'how many rows').argParser(parseCount(1)).default(5))
    .addOption(new Option('--from <index>', 'the first of them').argParser(parseCount(0)).default(0))
    .addOption(new Option('--status <status>', 'only these').choices(['predicted', 'filtered', 'failed']))
    .addOption(new Option('--row <index>', 'this row in full').argParser(parseCount(0)))
    .addOption(new Option('--open', "make the row's picture with its label and open it").default(false))
    .addOption(new Option('--save <file>', 'write that picture to a file (.jpg or .png)'))
    .addOption(
      new Option('--bgr', "swap the picture's red and blue, as Spark's bytes look when taken for RGB").default(false),
    )
    .addOption(new Option('--json', 'one JSON object a row, every column').default(false))
    .addHelpText('after', examples)
    .action((output: string, flags: ShowFlags) => show(output, flags, signal, terminal, openPicture));
}

async function show(
  output: string,
  flags: ShowFlags,
  signal: AbortSignal,
  terminal: Terminal,
  openPicture: OpenPicture,
): Promise<void> {
  refuseContradictions(flags);
  const description = await describeOutput(output);
  if (flags.row === undefined) return await showRows(output, description, flags, signal, terminal);
  const row = await rowAt(output, flags.row);
  if (flags.open || flags.save !== undefined) {
    return await showPicture(row, description, flags, signal, terminal, openPicture);
  }
  const { columns } = description.record.spec.pipeline;
  await write(terminal.stdout, flags.json ? jsonlLine(row, outputColumns(columns, false)) : rowInFull(row, columns));
}

function refuseContradictions({ row, open, save, bgr }: ShowFlags): void {
  if (row === undefined && (open || bgr || save !== undefined)) {
    throw new ImgdError('usage', '--open, --save and --bgr show one picture', { hint: 'Add --row INDEX.' });
  }
  if (bgr && !open && save === undefined) {
    throw new ImgdError('usage', '--bgr changes a picture', { hint: 'Add --open or --save FILE.' });
  }
}

async function showRows(
  output: string,
  { complete }: OutputDescription,
  { limit, from, status, json }: ShowFlags,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const rows: Row[] = [];
  let more = false;
  for await (const row of readRows(output, { columns: baseColumns.map(({ name }) => name), from })) {
    signal.throwIfAborted();
    if (status !== undefined && row.status !== status) continue;
    more = rows.length === limit;
    if (more) break;
    if (json) await write(terminal.stdout, jsonlLine(row));
    rows.push(row);
  }
  const total = rows.length + (more ? 1 : 0);
  if (!json) await write(terminal.stdout, tableOf(rows, total, status, terminal));
  if (!complete) await write(terminal.stderr, 'The job is not complete: these are rows that it has so far.\n');
}

/** Spark's table; where nothing is predicted, its columns say nothing and the reasons do. */
function tableOf(rows: readonly Row[], total: number, status: Row['status'] | undefined, { stdout }: Terminal): string {
  if (status !== 'failed' && status !== 'filtered') return renderShow(rows, total, stdout);
  const names = status === 'failed' ? failedColumns : filteredColumns;
  const cells = rows.map((row) => names.map((name) => String(row[name])));
  const table = renderTable(
    names.map((name) => ({ name })),
    cells,
    { width: null, style: styleFor(stdout), padding: 0 },
  );
  return total > rows.length ? `${table}only showing top ${countOf(rows.length, 'row')}\n` : table;
}

const failedColumns = ['index', 'origin', 'reason', 'message'] as const;
const filteredColumns = ['index', 'origin', 'height', 'width', 'mode', 'nChannels', 'reason'] as const;

async function rowAt(output: string, index: number): Promise<Row> {
  for await (const row of readRows(output, { from: index, limit: 1 })) if (row.index === index) return row;
  throw new ImgdError('not_found', `${output} has no row ${index}`, { hint: 'Rows are counted from 0.' });
}

async function showPicture(
  row: Row,
  { record }: OutputDescription,
  { bgr, open, save }: ShowFlags,
  signal: AbortSignal,
  terminal: Terminal,
  openPicture: OpenPicture,
): Promise<void> {
  const asPng = save !== undefined && extname(save).toLowerCase() === '.png';
  const { pictureOf } = await import('../node/picture-of.js'); // the decoders: only who sees a picture waits for them
  const picture = await pictureOf(row, { pipeline: record.spec.pipeline, bgr, asPng }, signal);
  const path = save === undefined ? await temporaryPath(row, picture.extension) : resolve(save);
  await writeFile(path, picture.bytes).catch((error: unknown) => {
    const { code, message } = ImgdError.from(error);
    throw new ImgdError(code, `the picture can't be written: ${message}`, { cause: error });
  });
  await write(terminal.stdout, `${path}\n`);
  if (!open || (await openPicture(path))) return;
  await write(terminal.stderr, 'There is no desktop here to open it: copy the file to where there is one.\n');
}

/** It stays: the viewer may open it at any time. */
const temporaryPath = async ({ index }: Row, extension: string): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'imgd-')), `row-${index}.${extension}`);
