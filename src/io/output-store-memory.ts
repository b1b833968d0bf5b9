import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from './file-system.js';
import { checkName, checkTempName, tempFolder } from './layout.js';
import type { OutputStore } from './output-store.js';
import { syncFailure, writeFailure } from './write-failure.js';

/** `linked` comes after the name stands: a fault there is an answer that got lost. */
export type MemoryStep = 'write' | 'fsync' | 'link' | 'linked' | 'read' | 'list' | 'temp' | 'discard' | 'sweep';

export interface MemoryStoreOptions {
  /** Called before each step; what it throws (errno errors) is what the step meets. May wait, to shuffle racers. */
  readonly fault?: (step: MemoryStep, name: string) => void | Promise<void>;
  /** Shared by several stores: several processes on one output. */
  readonly files?: Map<string, Buffer>;
}

/**
 * The store of the simulations: the same promises as on a file system, nothing durable. Temporary files are the one
 * thing on disk (writers need a path); `sweep` removes them.
 */
export function openMemoryStore(options: MemoryStoreOptions = {}): OutputStore {
  const files = options.files ?? new Map<string, Buffer>();
  const location = `memory:${randomUUID()}`;
  const spool = join(tmpdir(), `imgd-memory-${randomUUID()}`);
  const made = new Set<string>();
  const step = async (kind: MemoryStep, name: string) => {
    try {
      await options.fault?.(kind, name);
    } catch (error) {
      throw kind === 'fsync' ? syncFailure(error, location) : writeFailure(error, location);
    }
  };

  const link = async (name: string, bytes: Buffer) => {
    await step('link', name);
    const standing = files.get(name);
    if (standing !== undefined) return standing.equals(bytes) ? 'created' : 'exists';
    files.set(name, bytes);
    // the answer is lost, the name stands: reading back finds our own bytes
    await step('linked', name).catch(() => undefined);
    return 'created';
  };

  return {
    location,
    async createExclusive(name, content) {
      checkName(name);
      if (content instanceof Uint8Array) {
        await step('write', name);
        await step('fsync', name);
        return link(name, Buffer.from(content));
      }
      const key = `${name}\0${checkTempName(content.name)}`;
      if (made.has(key)) return 'created';
      await step('fsync', name);
      const outcome = await link(name, await readFile(content.path));
      if (outcome === 'created') {
        made.add(key);
        await rm(content.path, { force: true });
      }
      return outcome;
    },
    async read(name) {
      await step('read', checkName(name));
      const found = files.get(name);
      return found === undefined ? undefined : Buffer.from(found);
    },
    async *list(prefix) {
      await step('list', prefix);
      const names = [...files.keys()].filter((name) => name.startsWith(prefix));
      yield* names.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    },
    async temp(label) {
      await step('temp', label);
      mkdirSync(spool, { recursive: true });
      const file = `${label.replace(/[^\w.-]/g, '_')}-${randomUUID()}`;
      return { name: tempFolder + file, path: join(spool, file) };
    },
    async discard(file) {
      await step('discard', checkTempName(file.name));
      await rm(file.path, { force: true }).catch((error: unknown) => {
        if (errnoOf(error) !== 'ENOENT') throw error;
      });
    },
    async sweep() {
      await step('sweep', tempFolder);
      await rm(spool, { recursive: true, force: true });
    },
  };
}
