import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkGolden,
  type GoldenReport,
  type PixelsOf,
  recordGolden,
  requireGolden,
} from '../../../src/ops/model/golden.js';
import { type LoadOptions, loadModel } from '../../../src/ops/model/load-model.js';
import type { Manifest } from '../../../src/ops/model/manifest.js';
import { openEngine } from '../../../src/ops/open-engine.js';
import { exactPixels } from './exact-pixels.js';
import { identityNetwork, linearNetwork } from './networks.js';
import { bundled, copyBundled, scratch, sha256, writePackage } from './packages.js';

const folder = scratch();
let made = 0;
const fresh = () => join(folder, `${made++}`);

async function reportOf(
  path: string,
  options: Partial<LoadOptions> = {},
  pixelsOf: PixelsOf = exactPixels,
): Promise<GoldenReport> {
  const model = await loadModel(path, { verify: true, ...options });
  const engine = await openEngine(model);
  try {
    return await checkGolden(engine, model, pixelsOf);
  } finally {
    await engine.close();
  }
}

const problems = (report: GoldenReport) => report.cases.flatMap((one) => one.problems).join('; ');

describe('the golden vectors of the bundled package', () => {
  it.each(['int8', 'fp32', 'fp16'])('are reproduced in %s', async (precision) => {
    const report = await reportOf(bundled, { precision });
    expect(problems(report)).toBe('');
    expect(report.status).toBe('passed');
    expect(report.cases).toHaveLength(2);
  });

  it.each(['int8', 'fp32'])('catch a wrong channel order in %s', async (precision) => {
    const path = await copyBundled(fresh(), (m) => ({ ...m, input: { ...m.input, order: 'BGR' } }));
    const report = await reportOf(path, { precision });
    expect(report.status).toBe('failed');
    for (const one of report.cases) expect(one.problems.join()).toContain('channel order');
  });

  it('catch another fit by the pixels', async () => {
    const path = await copyBundled(fresh(), (m) => ({ ...m, fit: 'stretch' }));
    const report = await reportOf(path);
    expect(problems(report)).toContain('other pixels than the recorded ones');
  });

  it('catch one wrong level of one pixel', async () => {
    const off: PixelsOf = async (path, contract) => {
      const pixels = await exactPixels(path, contract);
      pixels[1234]! ^= 1;
      return pixels;
    };
    const report = await reportOf(bundled, {}, off);
    expect(report.status).toBe('failed');
    expect(problems(report)).toContain('other pixels');
  });

  it('catch an image that is missing or another one', async () => {
    const path = await copyBundled(fresh(), (m) => m);
    await rm(join(path, 'golden/cat.png'));
    await writeFile(join(path, 'golden/espresso.png'), await readFile(join(bundled, 'golden/cat.png')));
    const report = await reportOf(path);
    expect(problems(report)).toBe(
      'golden/cat.png is missing from the package; golden/espresso.png is not the recorded image (another SHA-256)',
    );
  });

  it('make requireGolden reject with the model, the engine and the difference', async () => {
    const path = await copyBundled(fresh(), (m) => ({ ...m, input: { ...m.input, order: 'BGR' } }));
    const model = await loadModel(path, { verify: false });
    const engine = await openEngine(model);
    await expect(requireGolden(engine, model, exactPixels)).rejects.toMatchObject({
      code: 'invalid_model',
      message: expect.stringMatching(/efficientnet-lite0 \(int8, onnxruntime-node .*golden\/cat\.png/),
    });
    await engine.close();
  });
});

describe('recordGolden', () => {
  const input = { type: 'float32', layout: 'NCHW', height: 4, width: 5 } as const;
  const paint: PixelsOf = async (path) => Uint8Array.from(await readFile(path)).slice(0, 60);

  /** A package with an image whose bytes are its pixels: red falls, blue rises. */
  async function tiny(change: (m: Manifest) => unknown = (m) => m, bias = 0): Promise<string> {
    const network = linearNetwork({ ...input, classes: 7, softmax: false, bias });
    const path = await writePackage(fresh(), { network, change });
    const pixels = Array.from({ length: 20 }, (_, i) => [250 - 9 * i, 100, 5 + 7 * i]).flat();
    await writeFile(join(path, 'image.raw'), Uint8Array.from(pixels));
    return path;
  }

  const record = async (path: string) => {
    const model = await loadModel(path, { verify: true });
    const engine = await openEngine(model);
    try {
      return await recordGolden(engine, model, ['image.raw'], paint);
    } finally {
      await engine.close();
    }
  };

  it('records what checkGolden then reproduces, and a changed contract does not', async () => {
    const golden = await record(await tiny());
    expect(golden.tolerances).toEqual({ fp32: 0.001 });
    expect(golden.cases[0]!.scores.fp32).toHaveLength(5);
    const reportFor = async (change: (m: Manifest) => unknown) =>
      reportOf(await tiny((m) => change({ ...m, golden })), {}, paint);
    expect((await reportFor((m) => m)).status).toBe('passed');
    const wrong: [string, Partial<Manifest['input']>][] = [
      ['order', { order: 'BGR' }],
      ['mean', { mean: [0, 0, 0] }],
      ['scale', { scale: [0.02, 0.02, 0.02] }],
    ];
    for (const [name, change] of wrong) {
      const report = await reportFor((m) => ({ ...m, input: { ...m.input, ...change } }));
      expect(report.status, name).toBe('failed');
    }
  });

  it('keeps what other precisions have recorded for the same image', async () => {
    const first = await record(await tiny());
    const path = await tiny((m) => ({
      ...m,
      default: 'int8',
      variants: m.variants.map((one) => ({ ...one, precision: 'int8' })),
      golden: first,
    }));
    const both = await record(path);
    expect(Object.keys(both.cases[0]!.scores)).toEqual(['fp32', 'int8']);
    expect(both.tolerances).toEqual({ fp32: 0.001, int8: 0.05 });
  });

  it('refuses a network that gives NaN', async () => {
    await expect(record(await tiny((m) => m, Number.NaN))).rejects.toMatchObject({ code: 'invalid_model' });
  });

  it('counts a package without golden vectors, or without any for the precision, as not proven', async () => {
    expect(await reportOf(await tiny(), {}, paint)).toEqual({ status: 'absent', cases: [] });
    const golden = await record(await tiny());
    const path = await tiny((m) => ({
      ...m,
      default: 'int8',
      variants: m.variants.map((one) => ({ ...one, precision: 'int8' })),
      golden,
    }));
    expect((await reportOf(path, {}, paint)).status).toBe('absent');
  });

  it('reports NaN scores as a problem, not as a difference of zero', async () => {
    const golden = await record(await tiny());
    const report = await reportOf(await tiny((m) => ({ ...m, golden }), Number.NaN), {}, paint);
    expect(problems(report)).toContain('the scores are not numbers');
  });

  it('hashes the pixels before mean, scale and order', async () => {
    const path = await writePackage(fresh(), {
      network: identityNetwork(input),
      labels: Array.from({ length: 60 }, (_, i) => `${i}\n`).join(''),
      change: (m) => ({ ...m, output: { ...m.output, name: 'values', classes: 60 } }),
    });
    await writeFile(
      join(path, 'image.raw'),
      Uint8Array.from({ length: 60 }, (_, i) => i),
    );
    expect((await record(path)).cases[0]!.pixels).toBe(sha256(Uint8Array.from({ length: 60 }, (_, i) => i)));
  });
});
