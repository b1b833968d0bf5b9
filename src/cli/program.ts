import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { versions } from '../node/versions.js';
import { prepareCommand } from './prepare-command.js';

const examples = `
Examples:
  imgctl run ~/photos --out labels      classify a folder; killed, the same command goes on
  imgctl plan ~/photos                  what is there, what a filter keeps, how long it takes
  imgctl show labels --limit 5          the first rows
  imgctl report labels                  one HTML page of them all
  imgctl verify labels --sample 1%      check the files, make some rows again

Every command explains itself: imgctl run --help.`;

/** Each loads its own code: a command doesn't wait for what the others need. In the order of the help text. */
const commands: Record<string, (signal: AbortSignal) => Promise<Command>> = {
  run: async (signal) => (await import('./run.js')).runCommand(signal),
  plan: async (signal) => (await import('./plan.js')).planCommand(signal),
  show: async (signal) => (await import('./show.js')).showCommand(signal),
  report: async (signal) => (await import('./report.js')).reportCommand(signal),
  verify: async (signal) => (await import('./verify.js')).verifyCommand(signal),
  models: async (signal) => (await import('./models.js')).modelsCommand({ pixelsOf: exactPixelsLater, signal }),
  quarantine: async () => (await import('./quarantine.js')).quarantineCommand(),
};

/** `imgctl` for this command line: the command that it names, or all of them. Throws CommanderError instead of exiting. */
export async function createProgram(signal: AbortSignal, commandLine: readonly string[]): Promise<Command> {
  const program = new Command('imgctl')
    .description('Image classification in bulk: filter, convert, resize, predict; one row per picture.')
    .version(versions.imgd ?? '')
    .addHelpText('after', examples);
  const named = commandLine[0] === undefined ? undefined : commands[commandLine[0]];
  for (const load of named === undefined ? Object.values(commands) : [named]) program.addCommand(await load(signal));
  if (named === undefined) tab(program);
  prepareCommand(program);
  return program;
}

/** Loads the decoders when a golden vector is really checked. */
const exactPixelsLater: typeof import('../ops/exact-pixels.js').exactPixels = async (path, contract) =>
  (await import('../ops/exact-pixels.js')).exactPixels(path, contract);
