import { Argument, Command } from 'commander';
import { ImgdError } from '../base/errors.js';
import { csvHeader, csvLine } from '../io/csv-writer.js';
import { jsonlLine } from '../io/jsonl-writer.js';
import { outputColumns } from '../io/row-schema.js';
import { createPaceMeter, rememberPace } from '../node/measured-pace.js';
import { resolveRun } from '../node/resolve-run.js';
import { type JobResult, runJob } from '../node/run-job.js';
import { summarise } from '../node/run-summary.js';
import type { Row } from '../ops/row.js';
import { exitCodes } from './exit-codes.js';
import { exceeds } from './parse-values.js';
import { createProgress } from './progress.js';
import { runChoices } from './run-choices.js';
import { type RunFlags, runFlags } from './run-flags.js';
import { renderSummary, summaryJson } from './summary.js';
import { renderRunTable } from './table.js';
import { isReaderGone, write } from './terminal.js';

const shownRows = 20;

const examples = `
Examples:
  imgctl run ~/photos --out labels
  imgctl run ~/photos --filter 'nChannels > 2 AND height < 1000' --annotate --out labels
  imgctl run ~/photos --preset spark --columns data_as_array,data_as_resized_array,predictions --out labels
  imgctl run ~/photos --sample 75 --seed 1
  find . -name '*.jpg' -print0 | imgctl run - -0 --format jsonl --out -
  imgctl run ~/photos --failed-of labels --out again

Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 more inputs failed than --max-failed allows, 130 interrupted.
Interrupted or killed, the same command goes on where it stopped.`;

/** `imgctl run`. Sets process.exitCode to 3 itself; every other failure is thrown as ImgdError. */
export function runCommand(signal: AbortSignal): Command {
  const command = new Command('run')
    .description('classify pictures: one row each')
    .addArgument(
      new Argument(
        '<inputs...>',
        'folders, files, patterns, archives (.tar, .tar.gz), @lists of paths, or - for paths on standard input',
      ),
    )
    .addHelpText('after', examples);
  for (const { group, options } of runFlags) {
    command.optionsGroup(group);
    for (const option of options) command.addOption(option);
  }
  return command.action((inputs: string[], flags: RunFlags) => run(inputs, flags, signal));
}

async function run(inputs: readonly string[], flags: RunFlags, signal: AbortSignal): Promise<void> {
  refuseContradictions(flags);
  const { spec, model } = await resolveRun(runChoices(inputs, flags));
  const toStdout = flags.out === '-';
  const folder = toStdout ? undefined : flags.out;
  const begin = performance.now();
  const progress = createProgress(process.stderr, { mode: flags.quiet ? 'none' : flags.progress });
  const first: Row[] = [];
  const keepFirst = (rows: readonly Row[]) => void first.push(...rows.filter((row) => row.index < shownRows));
  const meter = createPaceMeter();
  let gone: unknown;
  const toReader = stdoutSink(flags);
  const tell = (rows: readonly Row[]) =>
    toReader(rows).catch((error: unknown) => {
      gone = error;
      throw error;
    });
  const sink = toStdout ? tell : keepFirst;

  let result: JobResult;
  try {
    result = await runJob(
      {
        spec,
        model,
        output: folder === undefined ? null : { folder, overwrite: flags.overwrite },
        executors: flags.executors,
        node: flags.node,
        stdin: process.stdin,
        onRows(rows) {
          meter.add(rows);
          return sink(rows);
        },
        onProgress: (state) => progress.update({ ...state, elapsedMs: performance.now() - begin }),
      },
      signal,
    );
  } catch (error) {
    throw isReaderGone(gone) ? gone : error; // the job failed because nobody reads its rows any more
  } finally {
    progress.done();
  }
  const seconds = (performance.now() - begin) / 1000;
  const { name, precision } = model;
  const pace = meter.pace({ model: name, precision, seconds, executors: flags.executors });
  if (pace !== null) await rememberPace(pace);
  const summary = summarise(result, spec, { output: folder ?? null, seconds });
  // before anything is written: a reader that has gone changes nothing about the job
  if (exceeds(flags.maxFailed, summary.failed, summary.accepted)) process.exitCode = exitCodes.tooManyFailed;
  if (flags.json) await write(process.stdout, `${JSON.stringify(summaryJson(summary))}\n`);
  else if (flags.out === undefined && !flags.quiet)
    await write(process.stdout, renderRunTable(inOrder(first), process.stdout));
  if (!flags.quiet) await write(process.stderr, renderSummary(summary, process.stderr) + afterword(result));
}

const inOrder = (rows: readonly Row[]) => rows.toSorted((left, right) => left.index - right.index);

/** What the counts alone don't say. */
function afterword({ changes, progress }: JobResult): string {
  if (changes !== null) return `complete; ${changes.added} new, ${changes.changed} changed inputs are not included\n`;
  return progress.accepted === 0 ? 'no pictures were found\n' : '';
}

function refuseContradictions(flags: RunFlags): void {
  const refuse = (message: string, hint: string) => {
    throw new ImgdError('usage', message, { hint });
  };
  if (flags.out === '-' && flags.format === 'parquet')
    refuse('Parquet cannot be written to standard output', 'Add --format jsonl or --format csv.');
  if (flags.out === '-' && flags.json) refuse('--json and --out - both want standard output', 'Leave one of them out.');
  if (flags.annotate && (flags.out === undefined || flags.out === '-'))
    refuse('--annotate needs a folder for the pictures', 'Add --out FOLDER.');
  if (flags.overwrite && (flags.out === undefined || flags.out === '-'))
    refuse('--overwrite needs the output that it replaces', 'Add --out FOLDER.');
}

/** Rows as they are made, in the order of the plan. A reader that is gone (`| head`) ends the job quietly. */
function stdoutSink(flags: RunFlags): (rows: readonly Row[]) => Promise<void> {
  const columns = outputColumns(flags.columns, flags.preset === 'spark');
  let header = flags.format === 'csv';
  return async (rows) => {
    const lines = rows.map((row) => (flags.format === 'csv' ? csvLine(row, columns) : jsonlLine(row, columns)));
    const text = header ? csvHeader(columns) + lines.join('') : lines.join('');
    header = false;
    await write(process.stdout, text);
  };
}
