import { ImgdError } from '../base/errors.js';

/**
 * Writes and waits for a slow reader. A reader that has gone away (`| head`) is an ImgdError cancelled: whoever asked for
 * the text has had enough.
 */
export async function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(new ImgdError('cancelled', 'the reader of standard output is gone', { cause: error }));
      else resolve();
    });
  });
}

/** Whether `write` failed because the reader has gone away: a quiet end, not a failure. */
export const isReaderGone = (error: unknown): boolean =>
  error instanceof ImgdError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
