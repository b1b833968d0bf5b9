import { availableParallelism, hostname } from 'node:os';
import { Argument, Command } from 'commander';
import { ImgdError } from '../base/errors.js';
import { verifyOutput } from '../node/verify-output.js';
import { type Allowance, parseAllowance, parseCount } from './parse-values.js';
import { write } from './terminal.js';

interface VerifyFlags {
  readonly sample: Allowance;
  readonly seed: number;
  readonly executors: number;
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
    .option('--json', 'one JSON object on standard output', false)
    .action(async (folder: string, flags: VerifyFlags) => {
      if (flags.sample.kind === 'count' && flags.sample.count > 0)
        throw new ImgdError('usage', '--sample is a share of the rows', {
          hint: 'Give 1% or 0.01; 0 checks the checksums alone.',
        });
      const sample = flags.sample.kind === 'share' ? flags.sample.share : 0;
      const { seed, executors } = flags;
      const found = await verifyOutput({ folder, sample, seed, executors, node: hostname() }, signal);
      if (flags.json) await write(process.stdout, `${JSON.stringify(found)}\n`);
      else {
        const lines = found.problems.slice(0, shownProblems).map((problem) => `  ${problem}`);
        const more = found.problems.length - lines.length;
        if (more > 0) lines.push(`  and ${more} more`);
        const changed = found.changed === 0 ? '' : `, ${found.changed} inputs have changed or gone since`;
        lines.unshift(`${found.parts} parts, ${found.rows} rows checked; ${found.compared} rows made again${changed}`);
        await write(process.stdout, `${lines.join('\n')}\n`);
      }
      if (found.problems.length > 0)
        throw new ImgdError('data_loss', `${found.problems.length} problems in ${folder}`, {
          hint: 'Delete the damaged parts and _SUCCESS, then repeat the run: it makes only what is missing.',
        });
    });
}
