import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { ImgdError } from '../base/errors.js';
import { viewFsOutput } from '../io/output-store-fs.js';
import { readPlanEnd } from '../io/plan-log.js';
import { describeOutput, readRows } from '../io/read-output.js';
import { bytesText } from '../node/quantities.js';
import { type ReportJob, reportPage } from '../node/report-page.js';
import { createFactsCollector, type ReportFacts, reportColumns } from '../node/report-page-facts.js';
import { parseCount } from './parse-values.js';
import { processTerminal, type Terminal } from './process-terminal.js';
import { write } from './terminal.js';

interface ReportFlags {
  readonly out?: string;
  readonly title?: string;
  readonly pictures: number;
}

/** With all else, the page stays below 5 MB. */
const thumbnailBytes = 4_000_000;
const mostPictures = 2000;
const progressEveryMs = 200;

/** `imgctl report`: an output as one page that needs nothing else. */
export function reportCommand(
  signal: AbortSignal = new AbortController().signal,
  terminal: Terminal = processTerminal,
): Command {
  return new Command('report')
    .description('make one HTML page of an output: labels, scores, failures, timings, pictures')
    .addArgument(new Argument('<output>', 'the folder that a run wrote with --out'))
    .addOption(new Option('--out <file>', 'the page (default: report.html in the output)'))
    .addOption(new Option('--title <title>', "its title (default: the output's name)"))
    .addOption(
      new Option(
        '--pictures <count>',
        `how many pictures it shows, ${mostPictures} at most; more rows are sampled evenly`,
      )
        .argParser(parsePictures)
        .default(200),
    )
    .addHelpText('after', '\nExample:\n  imgctl report labels --title "Holiday 2024" --out holiday.html')
    .action((output: string, flags: ReportFlags) => report(output, flags, signal, terminal));
}

function parsePictures(text: string): number {
  const count = parseCount(0)(text);
  if (count > mostPictures) throw new InvalidArgumentError(`At most ${mostPictures}: the page would grow too large.`);
  return count;
}

async function report(output: string, flags: ReportFlags, signal: AbortSignal, terminal: Terminal): Promise<void> {
  const job = await describeJob(output);
  const facts = await collectFacts(output, flags.pictures, signal);
  const progress = thumbnailProgress(terminal, facts.gallery.filter(({ status }) => status !== 'failed').length);
  const options = { pipeline: job.pipeline, budget: thumbnailBytes, onDone: progress };
  const { makeThumbnails } = await import('../node/report-page-thumbnails.js'); // no other command waits for the decoders
  const thumbnails = await makeThumbnails(facts.gallery, options, signal);
  const title = flags.title ?? basename(resolve(output));
  const page = Buffer.from(reportPage({ title, job, facts, thumbnails }));
  const file = resolve(flags.out ?? join(output, 'report.html'));
  await replaceFile(file, page);
  await write(terminal.stdout, `${file}\n`);
  await write(terminal.stderr, `${bytesText(page.length)}; open it with any browser, it needs no network\n`);
}

async function describeJob(output: string) {
  const { record, manifest, complete, end } = await describeOutput(output);
  const { model, pipeline } = record.spec;
  const planned = manifest === undefined ? await readPlanEnd(viewFsOutput(output)) : undefined;
  return {
    location: resolve(output),
    model: model.name,
    precision: model.precision,
    engine: model.engine,
    pipeline,
    created: record.created,
    finished: manifest?.finished ?? end?.at ?? null,
    accepted: manifest?.accepted ?? planned?.accepted ?? null,
    complete,
    version: record.versions.imgd ?? '',
  } satisfies ReportJob;
}

async function collectFacts(output: string, pictures: number, signal: AbortSignal): Promise<ReportFacts> {
  const collector = createFactsCollector(pictures);
  for await (const row of readRows(output, { columns: reportColumns })) {
    signal.throwIfAborted();
    collector.add(row);
  }
  return collector.finish();
}

/** A line that counts up on a terminal; nothing elsewhere. */
function thumbnailProgress({ stderr }: Terminal, all: number): (done: number) => void {
  let last = 0;
  return (done) => {
    const now = Date.now();
    if (stderr.isTTY !== true || (done < all && now - last < progressEveryMs)) return;
    last = now;
    stderr.write(done < all ? `\r${done} of ${all} thumbnails` : '\r\u001b[K');
  };
}

/** Whole or not at all: somebody may have the old page open. Throws ImgdError. */
async function replaceFile(file: string, content: Buffer): Promise<void> {
  const draft = `${file}.part`;
  try {
    await writeFile(draft, content);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    const known = ImgdError.from(error);
    throw new ImgdError(known.code, `the page can't be written to ${dirname(file)}: ${known.message}`, {
      hint: 'Name another place with --out FILE.',
      cause: error,
    });
  }
}
