import type { ImgdError } from '../base/errors.js';

export const exitCodes = { done: 0, failed: 1, usage: 2, tooManyFailed: 3, interrupted: 130 } as const;

export function exitCodeOf(error: ImgdError): number {
  if (error.code === 'usage') return exitCodes.usage;
  if (error.code === 'cancelled') return exitCodes.interrupted;
  return exitCodes.failed;
}

/** What a person sees of an error: what happened, then what to do. Causes are shown for our own bugs alone. */
export function errorText(program: string, error: ImgdError): string {
  const lines = [`${program}: ${error.message}`];
  if (error.hint !== undefined) lines.push(`  ${error.hint}`);
  if (error.code === 'internal' && error.cause instanceof Error) lines.push(error.cause.stack ?? error.cause.message);
  return `${lines.join('\n')}\n`;
}
