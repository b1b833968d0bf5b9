import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { versions } from '../node/versions.js';
import { modelsCommand } from './models.js';
import { planCommand } from './plan.js';
import { prepareCommand } from './prepare-command.js';
import { quarantineCommand } from './quarantine.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { showCommand } from './show.js';
import { verifyCommand } from './verify.js';

const examples = `
Examples:
  imgctl run ~/photos --out labels      classify a folder; killed, the same command goes on
  imgctl plan ~/photos                  what is there, what a filter keeps, how long it takes
  imgctl show labels --limit 5          the first rows
  imgctl report labels                  one HTML page of them all
  imgctl verify labels --sample 1%      check the files, make some rows again

Every command explains itself: imgctl run --help.`;

/** The whole of `imgctl`. Throws CommanderError instead of ending the process. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('imgctl')
    .description('Image classification in bulk: filter, convert, resize, predict; one row per picture.')
    .version(versions.imgd ?? '')
    .addHelpText('after', examples)
    .addCommand(runCommand(signal))
    .addCommand(planCommand(signal))
    .addCommand(showCommand(signal))
    .addCommand(reportCommand(signal))
    .addCommand(verifyCommand(signal))
    .addCommand(modelsCommand({ pixelsOf: exactPixelsLater, signal }))
    .addCommand(quarantineCommand());
  tab(program);
  prepareCommand(program);
  return program;
}

/** Loads the decoders when a golden vector is really checked: no other command waits for them. */
const exactPixelsLater: typeof import('../ops/exact-pixels.js').exactPixels = async (path, contract) =>
  (await import('../ops/exact-pixels.js')).exactPixels(path, contract);
