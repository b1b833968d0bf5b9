import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { type MemoryStep, openMemoryStore } from '../../src/io/output-store-memory.js';
import { outputStoreSuite } from './output-store-suite.js';
import { errno } from './temp-folder.js';

outputStoreSuite('a store in memory', async () => {
  const files = new Map<string, Buffer>();
  const waiting = new Map<MemoryStep, Error>();
  const fault = (step: MemoryStep) => {
    const error = waiting.get(step);
    waiting.delete(step);
    if (error !== undefined) throw error;
  };
  return {
    open: async () => openMemoryStore({ files, fault }),
    failNext: (step, error) => waiting.set(step, error),
  };
});

test('every step of a store in memory can fail, and is named', async () => {
  const seen: string[] = [];
  const store = openMemoryStore({ fault: (step, name) => void seen.push(`${step} ${name}`) });
  await store.createExclusive('x', Buffer.from('1'));
  const temp = await store.temp('part-1');
  await writeFile(temp.path, 'rows');
  await store.createExclusive('y', temp);
  await store.read('x');
  for await (const _ of store.list('')) break;
  await store.discard(temp);
  await store.sweep();
  const steps = ['write x', 'fsync x', 'link x', 'linked x', 'temp part-1', 'fsync y', 'link y', 'linked y'];
  expect(seen).toEqual([...steps, 'read x', 'list ', `discard ${temp.name}`, 'sweep _tmp/']);
  expect(existsSync(dirname(temp.path))).toBe(false);
});

test('a store in memory whose read fails says so', async () => {
  const store = openMemoryStore({
    fault: (step) => {
      if (step === 'read') throw errno('EIO');
    },
  });
  await expect(store.read('x')).rejects.toMatchObject({ code: 'data_loss' });
});
