import { setMaxListeners } from 'node:events';

/**
 * The promise's outcome, or the signal's reason as soon as it is aborted. A system call on a dead mount can't be taken back;
 * its caller can: what it returns later is dropped, so the promise itself must release what it holds.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else {
      setMaxListeners(0, signal); // one signal ends many waits at once; that is no leak
      signal.addEventListener('abort', onAbort, { once: true });
    }
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
