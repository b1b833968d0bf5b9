import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelContract } from '../../src/ops/model/contract.js';
import { loadModel } from '../../src/ops/model/load-model.js';
import { openEngine } from '../../src/ops/open-engine.js';
import { topK } from '../../src/ops/top-k.js';
import { engineSuite, noise } from './engine-suite.js';
import { identityNetwork, type LinearOptions, linearNetwork } from './model/networks.js';
import { bundled, contractOf, scratch } from './model/packages.js';

const folder = scratch();
let made = 0;
function save(network: Uint8Array): string {
  const file = join(folder, `${made++}.onnx`);
  writeFileSync(file, network);
  return file;
}
const nchw = { type: 'float32', layout: 'NCHW', height: 4, width: 5 } as const;
const linear = (options: Partial<LinearOptions> = {}) =>
  save(linearNetwork({ ...nchw, classes: 7, softmax: false, ...options }));
const openLinear = (options: Partial<LinearOptions> = {}, change: Partial<ModelContract> = {}) =>
  openEngine(contractOf(linear(options), change));

engineSuite('onnx, logits, any batch', () => openLinear());
engineSuite('onnx, logits, batch 1', () => openLinear({ batch: 1 }));
engineSuite('onnx, logits, batch 3', () => openLinear({ batch: 3 }));
engineSuite('onnx, the bundled int8 model', async () => openEngine(await loadModel(bundled, { verify: false })));

describe('openEngine for onnx', () => {
  const base = contractOf('');
  const wrong: [string, Partial<LinearOptions>, Partial<ModelContract>, RegExp][] = [
    ['another input name', {}, { input: { ...base.input, name: 'images' } }, /no input 'images', it has 'pixels'/],
    ['another output name', {}, { output: { ...base.output, name: 'probs' } }, /no output 'probs', it has 'scores'/],
    ['another input type', { type: 'uint8' }, {}, /input 'pixels' is uint8, model.json says float32/],
    [
      'another layout',
      {},
      { input: { ...base.input, layout: 'NHWC' } },
      /shape \[batch, 3, 4, 5\], model.json says \[batch, 4, 5, 3\] \(NHWC\)/,
    ],
    [
      'another size',
      {},
      { input: { ...base.input, height: 8 } },
      /shape \[batch, 3, 4, 5\], model.json says \[batch, 3, 8, 5\]/,
    ],
    [
      'other classes',
      {},
      { output: { ...base.output, classes: 1000 } },
      /shape \[batch, 7\], model.json says 1000 values/,
    ],
    ['two outputs and no name', { embedding: true }, {}, /output.name must be given: the network has 2 outputs/],
    ['no such embedding', {}, { embedding: { name: 'features', size: 9 } }, /no output 'features'/],
    [
      'an embedding of another size',
      { embedding: true },
      { embedding: { name: 'embedding', size: 9 } },
      /embedding 'embedding' has the shape \[batch, 60\]/,
    ],
  ];
  it.each(wrong)('says what differs: %s', async (_, options, change, message) => {
    await expect(openLinear(options, change)).rejects.toMatchObject({
      code: 'invalid_model',
      message: expect.stringMatching(message),
    });
  });

  it('says that a file is no network', async () => {
    await expect(openEngine(contractOf(save(Buffer.from('GIF89a'))))).rejects.toMatchObject({ code: 'invalid_model' });
    await expect(openEngine(contractOf(join(folder, 'nothing.onnx')))).rejects.toMatchObject({ code: 'invalid_model' });
  });

  it('finds out at the first run that an open output axis has another size', async () => {
    const network = save(identityNetwork({ ...nchw, height: 4, width: 5 }));
    const engine = await openEngine(contractOf(network, { output: { name: null, kind: 'logits', classes: 60 } }));
    expect((await engine.predict(noise(engine, 2))).probabilities).toHaveLength(120);
    await engine.close();
  });

  it('gives the embedding beside the scores, and leaves it out when told', async () => {
    const change = { embedding: { name: 'embedding', size: 60 } };
    const engine = await openLinear({ embedding: true, batch: 1 }, change);
    const batch = noise(engine, 3);
    const { embedding } = await engine.predict(batch);
    expect(embedding).toHaveLength(180);
    const [red] = [(batch.pixels[60]! - 127) * 0.01];
    expect(embedding![60]).toBeCloseTo(red!, 5);
    await engine.close();
    const without = await openEngine(contractOf(linear({ embedding: true }), change), { embedding: false });
    expect((await without.predict(batch)).embedding).toBeNull();
    await without.close();
  });

  it.each([
    ['logits that are NaN', Number.NaN, false],
    ['logits that are infinite', Number.POSITIVE_INFINITY, false],
    ['a softmax over NaN', Number.NaN, true],
  ])('never turns %s into a score', async (_, bias, softmax) => {
    const kind = softmax ? 'probabilities' : 'logits';
    const engine = await openLinear({ bias, softmax }, { output: { name: null, kind, classes: 7 } });
    const { probabilities } = await engine.predict(noise(engine, 1));
    expect(topK(probabilities, 0, 7, 5)).toBeNull();
    await engine.close();
  });
});
