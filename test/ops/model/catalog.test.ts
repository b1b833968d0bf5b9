import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, catalogEntry, readCatalog } from '../../../src/ops/model/catalog.js';
import type { ModelContract } from '../../../src/ops/model/contract.js';
import { loadModel } from '../../../src/ops/model/load-model.js';
import { openEngine } from '../../../src/ops/open-engine.js';
import { identityNetwork } from './networks.js';
import { bundled, contractOf, scratch } from './packages.js';

const folder = scratch();
let catalog: Catalog;
beforeAll(async () => {
  catalog = await readCatalog();
});

/** Red, green and blue of pixel (y, x) as the network of `input` sees them, by running one that shows its input. */
async function shown(name: string, input: ModelContract['input'], pixels: Uint8Array): Promise<Float32Array> {
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, identityNetwork(input));
  const classes = input.height * input.width * 3;
  const contract = contractOf(file, { input, output: { name: null, kind: 'probabilities', classes } });
  const engine = await openEngine(contract);
  try {
    return (await engine.predict({ pixels, count: 1 })).probabilities;
  } finally {
    await engine.close();
  }
}

/** Pixels whose three channels differ everywhere. */
const picture = (height: number, width: number): Uint8Array =>
  Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    i % 3 === 0 ? 200 + (i % 50) : i % 3 === 1 ? 90 + (i % 30) : i % 70,
  );

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** The families' own formulas, written as they publish them. */
const torchvision = (pixel: number, c: number) => (pixel / 255 - imagenet.mean[c]!) / imagenet.std[c]!;
const lite = (pixel: number) => (pixel - 127) / 128;

describe('the catalog', () => {
  it('has the files of the ONNX model zoo, each with its path, size and SHA-256', () => {
    const variants = catalog.packages.map(({ model }) => [model.name, model.variants.map((one) => one.precision)]);
    expect(variants).toEqual([
      ['resnet50', ['fp32', 'int8', 'int8-qdq']],
      ['resnet50-v2', ['fp32']],
      ['mobilenetv2', ['fp32', 'int8']],
      ['efficientnet-lite4', ['fp32', 'int8']],
      ['squeezenet1.1', ['fp32']],
    ]);
    const { remote, model } = catalogEntry(catalog, 'squeezenet1.1');
    expect(remote).toEqual({ 'squeezenet1.1-7.onnx': 'squeezenet/model/squeezenet1.1-7.onnx' });
    expect(model.variants[0]!.files).toEqual([
      {
        path: 'squeezenet1.1-7.onnx',
        bytes: 4956208,
        sha256: '1eeff551a67ae8d565ca33b572fc4b66e3ef357b0eb2863bb9ff47a918cc4088',
      },
    ]);
  });

  it('takes its labels from the bundled package', async () => {
    const { manifest } = await loadModel(bundled, { verify: false });
    for (const { model } of catalog.packages) expect(model.labels).toEqual(manifest.labels);
  });

  it('says which names there are when asked for another', () => {
    expect(() => catalogEntry(catalog, 'resnet')).toThrow("no model 'resnet'");
  });

  it.each([
    ['resnet50', torchvision],
    ['resnet50-v2', torchvision],
    ['mobilenetv2', torchvision],
    ['squeezenet1.1', torchvision],
    ['efficientnet-lite4', lite],
  ] as const)('prepares pixels for %s as its family does', async (name, formula) => {
    const { input: raw } = catalogEntry(catalog, name).model;
    const input = { ...raw, mean: raw.mean!, scale: raw.scale! };
    const pixels = picture(input.height, input.width);
    const values = await shown(name, input, pixels);
    const area = input.height * input.width;
    let worst = 0;
    for (let i = 0; i < area; i++)
      for (let c = 0; c < 3; c++) {
        const value = input.layout === 'NCHW' ? values[c * area + i]! : values[i * 3 + c]!;
        worst = Math.max(worst, Math.abs(value - formula(pixels[i * 3 + c]!, c)));
      }
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('the templates', () => {
  const seen = async (name: string, layout: 'NHWC' | 'NCHW', pixel: readonly number[]) => {
    const { order, mean, scale } = catalog.templates[name]!;
    const input = { name: null, type: 'float32', layout, order, height: 1, width: 1, mean, scale } as const;
    return [...(await shown(`${name}-${layout}`, input, Uint8Array.from(pixel)))];
  };

  it.each(['NHWC', 'NCHW'] as const)("keras-caffe gives BGR minus Keras' mean, %s", async (layout) => {
    const values = await seen('keras-caffe', layout, [200, 100, 50]);
    expect(values).toEqual([50 - 103.939, 100 - 116.779, 200 - 123.68].map(Math.fround));
  });

  it.each<[string, (pixel: number, c: number) => number]>([
    ['keras-tf', (pixel) => pixel / 127.5 - 1],
    ['keras-torch', torchvision],
    ['torchvision', torchvision],
    ['efficientnet-lite', lite],
    ['unit', (pixel) => pixel / 255],
    ['pixels', (pixel) => pixel],
  ])('%s gives what its family publishes', async (name, formula) => {
    const pixel = [200, 100, 50];
    const values = await seen(name, 'NHWC', pixel);
    for (const [c, value] of values.entries()) expect(value).toBeCloseTo(formula(pixel[c]!, c), 5);
  });

  it('covers every template with a formula', () => {
    expect(Object.keys(catalog.templates)).toEqual([
      'keras-caffe',
      'keras-tf',
      'keras-torch',
      'torchvision',
      'efficientnet-lite',
      'unit',
      'pixels',
    ]);
  });
});
