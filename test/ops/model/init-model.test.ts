import { readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, readCatalog } from '../../../src/ops/model/catalog.js';
import { checkGolden, type PixelsOf } from '../../../src/ops/model/golden.js';
import { type InitOptions, initModel } from '../../../src/ops/model/init-model.js';
import { loadModel } from '../../../src/ops/model/load-model.js';
import type { Manifest } from '../../../src/ops/model/manifest.js';
import { openEngine } from '../../../src/ops/open-engine.js';
import { identityNetwork, type LinearOptions, linearNetwork } from './networks.js';
import { bundled, labelLines, scratch } from './packages.js';

const folder = scratch();
let templates: Catalog['templates'];
let made = 0;
const fresh = () => join(folder, `out-${made++}`);
/** Pixels are the file's own bytes, repeated. */
const paint: PixelsOf = async (path, { input }) => {
  const bytes = await readFile(path);
  return Uint8Array.from({ length: input.height * input.width * 3 }, (_, i) => bytes[i % bytes.length]!);
};
const labels = join(folder, 'labels.txt');

beforeAll(async () => {
  templates = (await readCatalog()).templates;
  await writeFile(labels, labelLines(7));
});

async function save(network: Uint8Array, name = 'My Net.onnx'): Promise<string> {
  const file = join(folder, `${made++}-${name}`);
  await writeFile(file, network);
  return file;
}
const keras = { type: 'float32', layout: 'NHWC', height: 6, width: 5, classes: 7, softmax: true } as const;
const linear = (change: Partial<LinearOptions> = {}) => save(linearNetwork({ ...keras, ...change }));
const init = (file: string, options: Partial<InitOptions> = {}) =>
  initModel(file, { labels, dest: fresh(), name: 'net', pixelsOf: paint, ...options });

describe('initModel', () => {
  it('makes a package of a Keras network: shapes read, softmax found out, caffe preprocessing by name', async () => {
    const file = await linear({ inputName: 'input_1', outputName: 'predictions', batch: 'unk__1' });
    const { folder: made, manifest, notes } = await init(file, { template: templates['keras-caffe'] });
    expect(manifest.input).toEqual({
      name: 'input_1',
      type: 'float32',
      layout: 'NHWC',
      order: 'BGR',
      height: 6,
      width: 5,
      mean: [103.939, 116.779, 123.68],
      scale: [1, 1, 1],
    });
    expect(manifest.output).toEqual({ name: 'predictions', kind: 'probabilities', classes: 7 });
    expect(notes).toEqual(['the output gives probabilities, as trial runs show']);
    expect(readdirSync(join(made, '..'))).toEqual(['net']);
    expect(statSync(made).mode & 0o755).toBe(0o755);
    const model = await loadModel(made, { verify: true });
    const engine = await openEngine(model);
    expect(engine.contract.input.name).toBe('input_1');
    await engine.close();
  });

  it('finds logits out, reads NCHW, and takes a template for torchvision', async () => {
    const file = await linear({ layout: 'NCHW', softmax: false });
    const { manifest } = await init(file, { template: templates.torchvision });
    expect(manifest.output.kind).toBe('logits');
    expect(manifest).toMatchObject({ fit: 'crop:0.875', kernel: 'bilinear', input: { layout: 'NCHW', order: 'RGB' } });
  });

  it('takes the bundled network without a question and says what it assumed', async () => {
    const { manifest, notes } = await init(join(bundled, 'model.int8.onnx'), { labels: join(bundled, 'labels.txt') });
    expect(manifest).toMatchObject({
      default: 'int8',
      input: { name: 'images', type: 'uint8', layout: 'NHWC', order: 'RGB', height: 224, width: 224 },
      output: { name: 'probabilities', kind: 'probabilities', classes: 1000 },
    });
    expect(notes.join()).toContain('RGB is assumed');
  });

  it('asks in one go for everything that the file does not say', async () => {
    const file = await linear({ embedding: true });
    const error = init(file);
    await expect(error).rejects.toMatchObject({ code: 'usage' });
    await expect(error).rejects.toThrow(/--output NAME, one of scores, embedding/);
    await expect(init(file, { output: 'scores' })).rejects.toThrow(
      /--like TEMPLATE.*--order RGB\|BGR --mean A,B,C --scale A,B,C/,
    );
    await expect(init(file, { output: 'scores', order: 'RGB', mean: [0, 0, 0] })).rejects.toThrow(
      /or --scale A,B,C with/,
    );
    const open = await save(linearNetwork({ ...keras, height: 3, width: 3, layout: 'NHWC' }));
    await expect(init(open, { template: templates.unit })).rejects.toThrow(/--layout NCHW\|NHWC/);
    expect(readdirSync(folder).filter((name) => name.includes('init-'))).toEqual([]);
  });

  it('keeps an embedding beside the scores', async () => {
    const file = await linear({ embedding: true });
    const options = { template: templates.unit, output: 'scores', embedding: 'embedding' };
    const { manifest } = await init(file, options);
    expect(manifest.embedding).toEqual({ name: 'embedding', size: 90 });
  });

  it('asks what an output is that is neither probabilities nor logits', async () => {
    const file = await save(identityNetwork({ ...keras, height: 1, width: 2, inputName: 'x' }));
    const six = join(folder, 'six.txt');
    await writeFile(six, labelLines(6));
    const options = { labels: six, template: templates.unit };
    await expect(init(file, options)).rejects.toThrow('trial runs do not show what the output is');
    const { manifest } = await init(file, { ...options, kind: 'probabilities' });
    expect(manifest.output.kind).toBe('probabilities');
  });

  it('records golden vectors that a wrong order then fails', async () => {
    const image = join(folder, 'orange.raw');
    await writeFile(image, Uint8Array.of(250, 140, 10));
    const { folder: made, manifest } = await init(await linear(), {
      template: templates['keras-caffe'],
      golden: [image],
    });
    expect(manifest.golden!.cases[0]!.image).toBe('golden/1-orange.raw');
    const check = async () => {
      const model = await loadModel(made, { verify: true });
      const engine = await openEngine(model);
      try {
        return (await checkGolden(engine, model, paint)).status;
      } finally {
        await engine.close();
      }
    };
    expect(await check()).toBe('passed');
    const flipped: Manifest = { ...manifest, input: { ...manifest.input, order: 'RGB' } };
    await writeFile(join(made, 'model.json'), JSON.stringify(flipped));
    expect(await check()).toBe('failed');
  });

  it('names the package after the file where no name is given', async () => {
    const file = await linear();
    const { manifest } = await initModel(file, { labels, dest: fresh(), template: templates.unit, pixelsOf: paint });
    expect(manifest.name).toMatch(/^\d+-my-net$/);
  });

  it.each<[string, Partial<LinearOptions>, Partial<InitOptions>, RegExp]>([
    ['labels that are too few', { classes: 8 }, {}, /7 labels, the network has 8 classes/],
    ['labels that are missing', {}, { labels: '/nowhere/labels.txt' }, /labels can't be read/],
    ['a name that is none', {}, { name: '../b' }, /the name '\.\.\/b' must be lowercase/],
    ['a mean for a uint8 network', { type: 'uint8' }, { mean: [1, 2, 3] }, /no meaning/],
    ['NaN in the trial', { bias: Number.NaN }, {}, /not numbers/],
    ['a golden image that is missing', {}, { golden: ['/nowhere/a.png'] }, /can't be copied/],
  ])('refuses %s and leaves nothing behind', async (_, change, options, message) => {
    const dest = fresh();
    await mkdir(dest);
    const file = await linear(change);
    const template = change.type === 'uint8' ? {} : { template: templates.unit };
    await expect(init(file, { ...template, dest, ...options })).rejects.toThrow(message);
    expect(readdirSync(dest)).toEqual([]);
  });

  it('refuses a file that is no network, and a folder that is there', async () => {
    const file = await save(Buffer.from('not a network'));
    await expect(init(file)).rejects.toMatchObject({ code: 'invalid_model' });
    const dest = fresh();
    const good = await linear();
    await init(good, { dest, template: templates.unit });
    await expect(init(good, { dest, template: templates.unit })).rejects.toMatchObject({ code: 'conflict' });
  });
});
