import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorCodes, ImgdError } from '../../src/base/errors.js';

describe('ImgdError', () => {
  it('from itself: the same object', () => {
    const error = new ImgdError('conflict', 'taken', { hint: 'choose another' });
    expect(ImgdError.from(error)).toBe(error);
    expect(error.hint).toBe('choose another');
  });

  it.each([
    ['ENOENT', 'not_found'],
    ['EACCES', 'permission_denied'],
    ['EROFS', 'permission_denied'],
    ['ENOSPC', 'resource_exhausted'],
    ['EMFILE', 'resource_exhausted'],
    ['EIO', 'data_loss'],
    ['ECONNRESET', 'unavailable'],
    ['ENOSUCHERRNO', 'internal'],
  ] as const)('from a failed system call %s: %s, with the cause', (errno, code) => {
    const cause = Object.assign(new Error(`${errno}: failed`), { code: errno });
    expect(ImgdError.from(cause)).toMatchObject({ code, cause });
  });

  it('from a real missing file: not_found', async () => {
    const error = await readFile('/nothing/here').catch((cause: unknown) => ImgdError.from(cause));
    expect(error).toMatchObject({ code: 'not_found' });
  });

  it('from an aborted and a timed-out signal: cancelled, deadline_exceeded', async () => {
    expect(ImgdError.from(AbortSignal.abort().reason).code).toBe('cancelled');
    const timeout = AbortSignal.timeout(1);
    await new Promise((resolve) => timeout.addEventListener('abort', resolve));
    expect(ImgdError.from(timeout.reason).code).toBe('deadline_exceeded');
  });

  it.each(['a string', undefined, 42])('from %s, which is no error: internal', (thrown) => {
    expect(ImgdError.from(thrown)).toMatchObject({ code: 'internal', message: String(thrown) });
  });

  it('who can repair it: time for what is away, another node for a full disk, nobody for the rest', () => {
    const classOf = Object.fromEntries(errorCodes.map((code) => [code, new ImgdError(code, '').failureClass]));
    expect(classOf).toEqual({
      usage: 'fatal',
      not_found: 'fatal',
      permission_denied: 'fatal',
      conflict: 'fatal',
      invalid_model: 'fatal',
      data_loss: 'node',
      resource_exhausted: 'node',
      unavailable: 'transient',
      deadline_exceeded: 'transient',
      cancelled: 'fatal',
      internal: 'fatal',
    });
  });
});
