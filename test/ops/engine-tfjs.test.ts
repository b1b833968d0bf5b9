import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import util from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/ops/engine.js';
import { openTfjsEngine } from '../../src/ops/engine-tfjs.js';
import { type LoadedModel, loadModel } from '../../src/ops/model/load-model.js';
import { loadTfjs } from '../../src/ops/model/tfjs-runtime.js';
import { openEngine } from '../../src/ops/open-engine.js';
import { topK } from '../../src/ops/top-k.js';
import { engineSuite } from './engine-suite.js';
import { exactPixels } from './model/exact-pixels.js';
import { bundled, projectRoot, samples, scratch } from './model/packages.js';

const absent = () => Promise.reject(new Error('Cannot find package'));
const wasm = () => loadTfjs(absent);

engineSuite('tfjs on WASM', async () =>
  openTfjsEngine(await loadModel(bundled, { engine: 'tfjs', verify: false }), {}, wasm),
);

describe('loadTfjs', () => {
  it('takes the WASM backend where tfjs-node does not load', async () => {
    expect((await wasm()).name).toMatch(/^tfjs-wasm 4\./);
  });

  it('takes tfjs-node where it loads, with the function that Node 23 removed in place before', async () => {
    const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
    const calls: unknown[] = [];
    const core = await import('@tensorflow/tfjs-core');
    const runtime = await loadTfjs(async () => {
      calls.push(legacy.isNullOrUndefined?.(undefined), legacy.isNullOrUndefined?.(0));
      return { default: { version: { 'tfjs-node': '4.22.0' }, tensor: core.tensor, loadGraphModel: () => absent() } };
    });
    expect(runtime.name).toBe('tfjs-node 4.22.0');
    expect(calls).toEqual([true, false]);
    await wasm();
    const tensor = runtime.tensor(Int32Array.of(1, 2), [2], 'int32');
    expect([...(await tensor.data())]).toEqual([1, 2]);
    tensor.dispose();
  });
});

describe('openTfjsEngine', () => {
  const folder = scratch();
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel(bundled, { engine: 'tfjs', verify: false });
  });

  it('says what differs from the contract', async () => {
    const open = (change: Partial<LoadedModel>) => openTfjsEngine({ ...model, ...change }, {}, wasm);
    await expect(open({ input: { ...model.input, name: 'pixels' } })).rejects.toThrow(
      "no input 'pixels', it has 'images'",
    );
    await expect(open({ input: { ...model.input, type: 'float32' } })).rejects.toThrow(
      "'images' is int32, model.json says float32",
    );
    await expect(open({ input: { ...model.input, height: 240 } })).rejects.toThrow('[batch, 240, 224, 3]');
    await expect(open({ output: { ...model.output, classes: 10 } })).rejects.toMatchObject({ code: 'invalid_model' });
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a shard is missing', (path) => rm(join(path, 'group1-shard2of3.bin'))],
    ['a shard is cut', (path) => writeFile(join(path, 'group1-shard3of3.bin'), 'short')],
    ['the graph is no JSON', (path) => writeFile(join(path, 'model.json'), '<html>')],
    [
      'the graph names a file elsewhere',
      (path) =>
        writeFile(
          join(path, 'model.json'),
          '{"modelTopology":{},"weightsManifest":[{"paths":["../labels.txt"],"weights":[]}]}',
        ),
    ],
  ])('says invalid_model when %s', async (name, damage) => {
    const copy = join(folder, name);
    await cp(join(bundled, 'tfjs'), copy, { recursive: true });
    await damage(copy);
    const contract = { ...model, file: join(copy, 'model.json') };
    await expect(openTfjsEngine(contract, {}, wasm)).rejects.toMatchObject({ code: 'invalid_model' });
  });
});

describe('fp32 on onnx and fp16 weights on tfjs', () => {
  let onnx: Engine;
  let tfjs: Engine;
  beforeAll(async () => {
    onnx = await openEngine(await loadModel(bundled, { precision: 'fp32', verify: false }));
    tfjs = await openEngine(await loadModel(bundled, { engine: 'tfjs', verify: false }));
  });
  afterAll(async () => {
    await onnx.close();
    await tfjs.close();
  });

  interface Labelled {
    readonly file: string;
    readonly onnx: number;
    readonly tfjs: number;
  }
  const labels = async (folder: string, names: readonly string[]): Promise<Labelled[]> => {
    const all: Labelled[] = [];
    for (const file of names) {
      const pixels = await exactPixels(join(folder, file), onnx.contract);
      const best = async (engine: Engine) =>
        topK((await engine.predict({ pixels, count: 1 })).probabilities, 0, 1000, 1)!.indices[0]!;
      all.push({ file, onnx: await best(onnx), tfjs: await best(tfjs) });
    }
    return all;
  };

  it('give the same top-1 on every sample', async () => {
    const names = readdirSync(samples).filter((name) => /\.(jpg|png)$/.test(name) && !name.includes('broken'));
    expect(names.length).toBeGreaterThanOrEqual(10);
    const found = await labels(samples, names);
    expect(found.filter((one) => one.onnx !== one.tfjs)).toEqual([]);
  });

  const mixed = join(projectRoot, '../shared/images/mixed');
  const reference = join(projectRoot, '../shared/reference/mixed-predictions.json');
  it.skipIf(!existsSync(mixed) || !existsSync(reference))(
    'give the same top-1 on 99 % of shared/images/mixed, and onnx the reference label',
    async () => {
      const all = JSON.parse(readFileSync(reference, 'utf8')) as Record<
        string,
        Record<string, [string, string, number][]>
      >;
      const expected = all['fp32/crop']!;
      const found = await labels(mixed, Object.keys(expected));
      const share = (same: (one: Labelled) => boolean) => found.filter(same).length / found.length;
      expect(share((one) => one.onnx === one.tfjs)).toBeGreaterThanOrEqual(0.99);
      expect(share((one) => onnx.contract.labels[one.onnx]!.id === expected[one.file]![0]![0])).toBeGreaterThanOrEqual(
        0.998,
      );
    },
    120_000,
  );
});
