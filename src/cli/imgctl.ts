#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { ImgdError } from '../base/errors.js';
import { errorText, exitCodeOf, exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';

const interrupt = new AbortController();
let interrupted = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (interrupted) process.exit(exitCodes.interrupted); // the second time, at once
    interrupted = true;
    interrupt.abort(new ImgdError('cancelled', 'interrupted'));
  });
}
// a closed pipe is told by the write's own callback
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

async function main(program: Command): Promise<number> {
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const known = ImgdError.from(error);
    process.stderr.write(errorText(known));
    return exitCodeOf(known);
  }
}

process.exitCode = await main(createProgram(interrupt.signal));
