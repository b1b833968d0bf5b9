import { stat } from 'node:fs/promises';
import { ImgdError } from '../base/errors.js';
import type { InputSpec } from '../io/job-spec.js';
import { byteStringOfText, bytesOf } from '../io/uri.js';

/**
 * Whether what names the inputs is there: a mount that has gone says nothing about a thousand files. Null, or an ImgdError
 * unavailable that says what is away.
 */
export async function awayInput(inputs: readonly InputSpec[]): Promise<ImgdError | null> {
  for (const input of inputs) {
    if (input.kind !== 'folder' && input.kind !== 'tar') continue;
    try {
      await stat(bytesOf(byteStringOfText(input.path)));
    } catch (cause) {
      return new ImgdError('unavailable', `the input ${input.path} is away`, { cause });
    }
  }
  return null;
}
