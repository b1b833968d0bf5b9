import { Argument, Command } from 'commander';
import { recallPace, slowness } from '../node/measured-pace.js';
import type { InputSurvey } from '../node/plan-inputs.js';
import { countText } from '../node/quantities.js';
import { resolveRun } from '../node/resolve-run.js';
import { compileFilter } from '../ops/filter/compile.js';
import type { ModelContract } from '../ops/model/contract.js';
import { planJson, type RunEstimate, renderPlan } from './plan-text.js';
import { processTerminal, type Terminal } from './process-terminal.js';
import { runChoices } from './run-choices.js';
import { type RunFlags, runFlags } from './run-flags.js';
import { write } from './terminal.js';

/** Of `imgctl run`: all that says which pictures there are and what becomes of them. */
const groups = ['Inputs:', 'Pictures:', 'Model:'];
const runningFlags = ['--executors', '--json', '--quiet'];
const progressEveryMs = 200;
/** From the command to the first picture. */
const startSeconds = 0.5;

const examples = `
Examples:
  imgctl plan ~/photos
  imgctl plan ~/photos --filter 'nChannels > 2 AND height < 1000'
  imgctl plan photos.tar --json

Only headers are read, no pixel is decoded. The expected time is an estimate: this machine's last run corrects it.`;

/** `imgctl plan`: what a run would find, keep and take. */
export function planCommand(signal: AbortSignal, terminal: Terminal = processTerminal): Command {
  const command = new Command('plan')
    .description('look at the headers: counts, formats, sizes, odd files, what the filter keeps, expected time')
    .addArgument(new Argument('<inputs...>', 'as imgctl run takes them'))
    .addHelpText('after', examples);
  for (const { group, options } of runFlags) {
    const wanted = options.filter(({ long }) => groups.includes(group) || runningFlags.includes(long ?? ''));
    if (wanted.length > 0) command.optionsGroup(group);
    for (const option of wanted) command.addOption(option);
  }
  return command.action((inputs: string[], flags: RunFlags) => plan(inputs, flags, signal, terminal));
}

/** The decoders are loaded when they are needed: no other command waits for them. */
async function plan(
  inputs: readonly string[],
  flags: RunFlags,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const { spec, model } = await resolveRun(runChoices(inputs, flags));
  const { pipeline } = spec;
  const [{ planInputs }, { openInputs }] = await Promise.all([
    import('../node/plan-inputs.js'),
    import('../node/open-inputs.js'),
  ]);
  const filter = pipeline.filter === null ? null : compileFilter(pipeline.filter);
  const progress = inputProgress(terminal, flags.quiet);
  const source = await openInputs(spec, process.stdin);
  let survey: InputSurvey;
  try {
    survey = await planInputs(source, { pipeline, filter, model, onInput: progress.count }, signal);
  } finally {
    progress.done();
    await source.close();
  }
  const report = {
    survey,
    filter: pipeline.filter,
    inputs,
    estimate: await estimateRun(survey, flags.executors, model),
  };
  const text = flags.json ? `${JSON.stringify(planJson(report))}\n` : renderPlan(report, terminal.stdout);
  await write(terminal.stdout, text);
}

async function estimateRun({ costMs }: InputSurvey, executors: number, model: ModelContract): Promise<RunEstimate> {
  const pace = await recallPace();
  const fits = pace !== undefined && pace.model === model.name && pace.precision === model.precision;
  const factor = fits ? slowness(pace, model) : 1;
  return { seconds: startSeconds + (costMs * factor) / 1000 / executors, executors, measured: fits };
}

/** Counts on a terminal; nothing elsewhere. */
function inputProgress({ stderr }: Terminal, quiet: boolean) {
  const shown = stderr.isTTY === true && !quiet;
  let last = Number.NEGATIVE_INFINITY;
  return {
    count(accepted: number): void {
      const now = performance.now();
      if (!shown || now - last < progressEveryMs) return;
      last = now;
      stderr.write(`\r${countText(accepted)} headers read`);
    },
    done(): void {
      if (shown) stderr.write('\r\u001b[2K');
    },
  };
}
