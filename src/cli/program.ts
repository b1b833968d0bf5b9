import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { versions } from '../node/versions.js';
import { runCommand } from './run.js';

/** The whole of `imgctl`. Throws CommanderError instead of ending the process. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('imgctl')
    .description('Image classification in bulk: filter, convert, resize, predict; one row per picture.')
    .version(versions.imgd ?? '')
    .showHelpAfterError('(imgctl --help shows all commands)')
    .addCommand(runCommand(signal));
  throwInsteadOfExit(program);
  tab(program);
  return program;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const one of command.commands) throwInsteadOfExit(one);
}
