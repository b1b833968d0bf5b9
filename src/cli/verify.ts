import { availableParallelism, hostname } from 'node:os';
import { Argument, Command } from 'commander';
import { ImgdError } from '../base/errors.js';
import { type Verification, verifyOutput } from '../node/verify-output.js';
import { type Allowance, parseAllowance, parseCount } from './parse-values.js';
import { write } from './terminal.js';

interface VerifyFlags {
  readonly sample: Allowance;
  readonly seed: number;
  readonly executors: number;
  readonly model?: string;
  readonly json: boolean;
}

const shownProblems = 20;

/** `imgctl verify`: throws ImgdError data_loss where the output doesn't hold what its manifest says. */
export function verifyCommand(signal: AbortSignal): Command {
  return new Command('verify')
    .description('check every part against the manifest, and a sample of the rows by making them again')
    .addArgument(new Argument('<output>', 'folder that a run wrote with --out'))
    .option('--sample <share>', 'share of the rows to make again', parseAllowance, { kind: 'share', share: 0.01 })
    .option('--seed <number>', 'which sample is drawn', parseCount(0), 1)
    .option('--executors <count>', 'processes that decode and predict', parseCount(1), availableParallelism())
    .option('--model <path>', 'the model package, where its name alone does not find it')
    .option('--json', 'one JSON object on standard output', false)
    .action(async (folder: string, flags: VerifyFlags) => {
      if (flags.sample.kind === 'count' && flags.sample.count > 0)
        throw new ImgdError('usage', '--sample is a share of the rows', {
          hint: 'Give 1% or 0.01; 0 checks the checksums alone.',
        });
      const sample = flags.sample.kind === 'share' ? flags.sample.share : 0;
      const { seed, executors, model } = flags;
      const asked = { folder, sample, seed, executors, node: hostname(), ...(model !== undefined && { model }) };
      const found = await verifyOutput(asked, signal);
      await write(process.stdout, flags.json ? `${JSON.stringify(found)}\n` : verificationText(found));
      if (found.damaged.length > 0)
        throw new ImgdError('data_loss', `${found.damaged.length} damaged parts in ${folder}`, {
          hint: 'Delete them and _SUCCESS, then repeat the run: it makes only what is missing.',
        });
      if (found.different.length > 0)
        throw new ImgdError('internal', `${found.different.length} rows come out otherwise on this machine`, {
          hint: 'Compare `imgd check` here and where they were made: versions, model, processor.',
        });
    });
}

function verificationText({ parts, rows, compared, changed, damaged, different }: Verification): string {
  const problems = [...damaged, ...different];
  const gone = changed === 0 ? '' : `, ${changed} inputs have changed or gone since`;
  const lines = [`${parts} parts, ${rows} rows checked; ${compared} rows made again${gone}`];
  lines.push(...problems.slice(0, shownProblems).map((problem) => `  ${problem}`));
  if (problems.length > shownProblems) lines.push(`  and ${problems.length - shownProblems} more`);
  return `${lines.join('\n')}\n`;
}
