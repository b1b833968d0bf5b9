import { type Command, CommanderError } from 'commander';
import { ImgdError } from '../base/errors.js';
import { errorText, exitCodeOf, exitCodes } from './exit-codes.js';
import { isReaderGone } from './terminal.js';

/** Runs a program's command line to its exit code. Ctrl-C and SIGTERM abort what it does; the second one ends it at once. */
export async function runProgram(
  create: (signal: AbortSignal, commandLine: readonly string[]) => Command | Promise<Command>,
): Promise<void> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
      interrupt.abort(new ImgdError('cancelled', 'interrupted'));
    });
  }
  // a closed pipe is told by the write's own callback
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const program = await create(interrupt.signal, process.argv.slice(2));
  try {
    await program.parseAsync();
    process.exitCode ??= exitCodes.done;
  } catch (error) {
    process.exitCode = told(program.name(), error);
  }
}

function told(program: string, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (isReaderGone(error)) return Number(process.exitCode ?? exitCodes.done);
  const known = ImgdError.from(error);
  process.stderr.write(errorText(program, known));
  return exitCodeOf(known);
}
