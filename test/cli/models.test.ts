import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelsCommand } from '../../src/cli/models.js';
import { exactPixels } from '../ops/model/exact-pixels.js';
import { linearNetwork } from '../ops/model/networks.js';
import { bundled, copyBundled, labelLines, projectRoot, scratch } from '../ops/model/packages.js';

const folder = scratch();
const models = join(folder, 'models');

/** Runs `imgctl models …`; resolves with both outputs, whatever the action does. */
async function run(...args: string[]): Promise<{ out: string; err: string; error: unknown }> {
  const [out, err]: [string[], string[]] = [[], []];
  const command = modelsCommand({
    pixelsOf: exactPixels,
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    env: { IMGD_MODELS: models },
  });
  for (const one of [command, ...command.commands]) {
    one.exitOverride().configureOutput({ writeOut: (text) => out.push(text), writeErr: (text) => err.push(text) });
  }
  const error = await command.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { out: out.join(''), err: err.join(''), error };
}

describe('imgctl models list', () => {
  it('shows what is here and what can be pulled', async () => {
    const { out } = await run('list');
    expect(out).toMatch(/^efficientnet-lite0 +int8 fp32 fp16 +bundled/m);
    expect(out).toMatch(/^resnet50 +fp32 int8 int8-qdq +pull, 26 MB +ResNet50 v1/m);
  });

  it('gives one JSON object, and the templates on request', async () => {
    const list = JSON.parse((await run('list', '--json')).out);
    expect(list.models[0]).toMatchObject({ name: 'efficientnet-lite0', place: 'bundled', folder: bundled });
    expect(list.catalog).toHaveLength(5);
    expect((await run('list', '--templates')).out).toMatch(/^keras-caffe +Keras' `caffe` mode/m);
  });

  it('keeps a damaged package on the list, with what is wrong', async () => {
    await mkdir(join(models, 'damaged'), { recursive: true });
    await writeFile(join(models, 'damaged/model.json'), '{}');
    expect((await run('list')).out).toMatch(/^damaged .*damaged: .*name: /m);
  });
});

describe('imgctl models verify', () => {
  it('says for every variant which engine is used and what the golden vectors gave', async () => {
    const { out, error } = await run('verify', bundled);
    expect(error).toBeUndefined();
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^efficientnet-lite0 int8 on onnx: files verified, engine onnxruntime-node \d.*, golden vectors 2 of 2/,
    );
    expect(lines[1]).toMatch(/fp32 on onnx/);
    expect(lines[2]).toMatch(/fp16 on tfjs: files verified, engine tfjs-(wasm|node) \d/);
  });

  it('gives one JSON object for one variant', async () => {
    const { out } = await run('verify', 'efficientnet-lite0', '--precision', 'int8', '--json');
    expect(JSON.parse(out)).toMatchObject({
      model: 'efficientnet-lite0',
      ok: true,
      variants: [{ precision: 'int8', engine: 'onnx', golden: { status: 'passed' }, problem: null }],
    });
  });

  it('fails for a wrong channel order, after saying what differs', async () => {
    const path = await copyBundled(join(folder, 'flipped'), (m) => ({ ...m, input: { ...m.input, order: 'BGR' } }));
    const { out, error } = await run('verify', path, '--engine', 'onnx');
    expect(error).toMatchObject({
      code: 'invalid_model',
      message: expect.stringContaining('int8 on onnx, fp32 on onnx'),
    });
    expect(out).toContain('golden/cat.png: ');
    expect(out).toContain('channel order');
  });

  it('fails for a damaged file with its name, and still checks the other variants', async () => {
    const path = await copyBundled(join(folder, 'cut'), (m) => m);
    await writeFile(join(path, 'model.onnx'), 'cut');
    const { out, error } = await run('verify', path, '--json');
    expect(error).toMatchObject({ code: 'invalid_model' });
    const report = JSON.parse(out);
    expect(report.ok).toBe(false);
    expect(report.variants.map((one: { problem: string | null }) => one.problem)).toEqual([
      null,
      expect.stringContaining('model.onnx has 3 bytes'),
      null,
    ]);
  });

  it('says what there is for a model, a precision or an engine that is not there', async () => {
    expect((await run('verify', 'nothing')).error).toMatchObject({ code: 'not_found' });
    expect((await run('verify', '--precision', 'int4')).error).toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('int8 on onnx'),
    });
    expect((await run('verify', '--engine', 'caffe')).err).toContain('Allowed choices are onnx, tfjs');
  });
});

describe('imgctl models init', () => {
  it('makes a package in the models folder that verify then passes', async () => {
    const shape = { type: 'float32', layout: 'NHWC', height: 32, width: 32, classes: 4, softmax: true } as const;
    await writeFile(join(folder, 'flowers.onnx'), linearNetwork(shape));
    await writeFile(join(folder, 'flowers.txt'), labelLines(4));
    const files = [join(folder, 'flowers.onnx'), '--labels', join(folder, 'flowers.txt')];
    const asked = await run('init', ...files);
    expect(asked.error).toMatchObject({ code: 'usage', message: expect.stringContaining('--like TEMPLATE') });
    const golden = ['--golden', join(bundled, 'golden/espresso.png'), join(bundled, 'golden/cat.png')];
    const made = await run('init', ...files, '--like', 'keras-caffe', ...golden);
    expect(made.error).toBeUndefined();
    expect(made.out).toBe(`flowers: ${join(models, 'flowers')}\n`);
    expect(made.err).toContain('note: the output gives probabilities');
    expect(JSON.parse(readFileSync(join(models, 'flowers/model.json'), 'utf8')).golden.cases).toHaveLength(2);
    expect((await run('verify', 'flowers')).out).toMatch(/flowers fp32 on onnx: .* golden vectors 2 of 2/);
    expect((await run('list')).out).toMatch(/^flowers +fp32 +user/m);
  });

  it('refuses a template and numbers that are none', async () => {
    const files = [join(folder, 'flowers.onnx'), '--labels', join(folder, 'flowers.txt'), '--name', 'other'];
    expect((await run('init', ...files, '--like', 'caffe')).error).toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('keras-caffe'),
    });
    expect((await run('init', ...files, '--mean', '1,2')).err).toContain('Give three numbers');
    expect((await run('init', ...files, '--size', '0')).err).toContain('Give 224 or HEIGHTxWIDTH');
  });
});

describe('imgctl models pull', () => {
  it('says what is wrong with a file that is not the pinned one', async () => {
    await writeFile(join(folder, 'squeezenet1.1-7.onnx'), 'something else');
    const { error } = await run('pull', 'squeezenet1.1', '--from', folder, '--dest', join(folder, 'pulled'));
    expect(error).toMatchObject({ code: 'data_loss', hint: expect.stringContaining('1eeff551a67a') });
  });

  it('says which names and precisions there are', async () => {
    expect((await run('pull', 'resnet')).error).toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('resnet50-v2'),
    });
    expect((await run('pull', 'resnet50', '--precision', 'fp16')).error).toMatchObject({
      code: 'usage',
      hint: 'it has fp32, int8, int8-qdq',
    });
  });
});

describe('docs/models.md', () => {
  it('names every template and every model of the catalog', async () => {
    const text = readFileSync(join(projectRoot, 'docs/models.md'), 'utf8');
    const { templates } = JSON.parse((await run('list', '--templates', '--json')).out);
    const { catalog } = JSON.parse((await run('list', '--json')).out);
    for (const name of [...Object.keys(templates), ...catalog.map((one: { name: string }) => one.name)])
      expect(text).toContain(`\`${name}\``);
  });
});
