import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ImgdError } from '../../../src/base/errors.js';
import { findModel, listModels, userModels } from '../../../src/ops/model/find-model.js';
import { parseLabels } from '../../../src/ops/model/labels.js';
import { loadModel } from '../../../src/ops/model/load-model.js';
import type { Manifest } from '../../../src/ops/model/manifest.js';
import { parseFit } from '../../../src/ops/model/parse-fit.js';
import { linearNetwork } from './networks.js';
import { bundled, copyBundled, labelLines, scratch, sha256, writePackage } from './packages.js';

const folder = scratch();
const network = linearNetwork({ type: 'float32', layout: 'NCHW', height: 4, width: 5, classes: 7, softmax: false });
let made = 0;
const fresh = () => join(folder, `package-${made++}`);
const build = (change?: (manifest: Manifest) => unknown) =>
  writePackage(fresh(), { network, ...(change && { change }) });

const failure = async (work: Promise<unknown>): Promise<ImgdError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImgdError);
  return error as ImgdError;
};

describe('loadModel', () => {
  it('resolves the bundled package, verified, to its int8 variant', async () => {
    const model = await loadModel(bundled, { verify: true });
    expect(model).toMatchObject({
      name: 'efficientnet-lite0',
      precision: 'int8',
      engine: 'onnx',
      file: join(bundled, 'model.int8.onnx'),
      fit: { kind: 'crop', ratio: 0.875 },
      input: { type: 'uint8', mean: [0, 0, 0], scale: [1, 1, 1] },
    });
    expect(model.labels).toHaveLength(1000);
    expect(model.labels[569]).toEqual({ id: 'n03417042', label: 'garbage_truck' });
  });

  it('chooses by precision, by engine and by both', async () => {
    const precisionOf = async (options: object) => (await loadModel(bundled, { verify: false, ...options })).precision;
    expect(await precisionOf({ precision: 'fp32' })).toBe('fp32');
    expect(await precisionOf({ engine: 'tfjs' })).toBe('fp16');
    expect(await precisionOf({ engine: 'onnx' })).toBe('int8');
    const error = await failure(precisionOf({ engine: 'tfjs', precision: 'int8' }));
    expect(error.code).toBe('usage');
    expect(error.hint).toContain('fp32 on onnx, fp16 on tfjs');
  });

  it('gives every variant its own identity, and a changed preprocessing another one', async () => {
    const one = await loadModel(await build(), { verify: false });
    const same = await loadModel(await build(), { verify: false });
    const other = await loadModel(await build((m) => ({ ...m, kernel: 'bilinear' })), { verify: false });
    const renamed = await loadModel(await build((m) => ({ ...m, description: 'else' })), { verify: false });
    expect(same.sha256).toBe(one.sha256);
    expect(renamed.sha256).toBe(one.sha256);
    expect(other.sha256).not.toBe(one.sha256);
  });

  it('finds a file of the right size and other content only when it verifies', async () => {
    const path = await build();
    await writeFile(join(path, 'net.onnx'), Buffer.alloc(network.length));
    expect((await loadModel(path, { verify: false })).file).toBe(join(path, 'net.onnx'));
    const error = await failure(loadModel(path, { verify: true }));
    expect(error.code).toBe('invalid_model');
    expect(error.message).toContain('net.onnx has the SHA-256');
    expect(error.hint).toContain('pull');
  });

  it.each<[string, (path: string) => Promise<void>, string]>([
    ['a file is missing', (path) => rm(join(path, 'net.onnx')), 'missing'],
    ['a file is cut', (path) => truncate(join(path, 'net.onnx'), 10), 'has 10 bytes, model.json says'],
    [
      'a folder stands in its place',
      (path) =>
        rm(join(path, 'net.onnx'))
          .then(() => mkdir(join(path, 'net.onnx')))
          .then(() => undefined),
      'not a file',
    ],
    ['the labels are missing', (path) => rm(join(path, 'labels.txt')), 'labels are missing'],
    ['the labels are others', (path) => writeFile(join(path, 'labels.txt'), labelLines(8)), 'not the labels file'],
  ])('says what is wrong when %s', async (_, damage, message) => {
    const path = await build();
    await damage(path);
    const error = await failure(loadModel(path, { verify: false }));
    expect(error.code).toBe('invalid_model');
    expect(error.message).toContain(message);
  });

  it('refuses as many labels as there are no classes', async () => {
    const labels = labelLines(6);
    const path = await writePackage(fresh(), { network, labels });
    expect((await failure(loadModel(path, { verify: false }))).message).toContain('6 labels, the model has 7 classes');
  });

  it('refuses a tfjs variant with a shard that model.json does not list', async () => {
    const path = await copyBundled(fresh(), (m) => ({
      ...m,
      variants: m.variants.map((one) => (one.engine === 'tfjs' ? { ...one, files: one.files.slice(0, -1) } : one)),
    }));
    const error = await failure(loadModel(path, { engine: 'tfjs', verify: false }));
    expect(error.message).toContain('needs tfjs/group1-shard3of3.bin');
  });

  it('says not_found for a folder without model.json', async () => {
    expect((await failure(loadModel(join(folder, 'nothing'), { verify: false }))).code).toBe('not_found');
  });
});

describe('model.json', () => {
  const edits: [string, (m: Manifest) => unknown, RegExp][] = [
    ['an unknown field', (m) => ({ ...m, layuot: 1 }), /layuot/],
    ['a float input without mean', (m) => ({ ...m, input: { ...m.input, mean: undefined } }), /input\.mean: is needed/],
    [
      'a uint8 input with scale',
      (m) => ({ ...m, input: { ...m.input, type: 'uint8', mean: undefined } }),
      /input\.scale: has no meaning/,
    ],
    ['two means', (m) => ({ ...m, input: { ...m.input, mean: [1, 2] } }), /input\.mean/],
    ['an order that is none', (m) => ({ ...m, input: { ...m.input, order: 'GBR' } }), /input\.order/],
    ['a crop ratio above one', (m) => ({ ...m, fit: 'crop:1.2' }), /fit: must be stretch/],
    ['a default that no variant has', (m) => ({ ...m, default: 'int8' }), /default: no variant/],
    [
      'a variant twice',
      (m) => ({ ...m, variants: [...m.variants, ...m.variants] }),
      /variants: fp32 on onnx is there more than once/,
    ],
    [
      'a path out of the package',
      (m) => ({ ...m, labels: { ...m.labels, path: '../labels.txt' } }),
      /labels\.path: must stay/,
    ],
    [
      'an absolute path',
      (m) => ({ ...m, labels: { ...m.labels, path: '/etc/passwd' } }),
      /labels\.path: must be relative/,
    ],
    ['a short hash', (m) => ({ ...m, labels: { ...m.labels, sha256: 'abc' } }), /labels\.sha256: must be 64/],
    ['no classes', (m) => ({ ...m, output: { ...m.output, classes: 0 } }), /output\.classes/],
  ];
  it.each(edits)('names the field of %s', async (_, edit, message) => {
    const error = await failure(loadModel(await build(edit), { verify: false }));
    expect(error.code).toBe('invalid_model');
    expect(error.message).toMatch(message);
  });

  it('says where it is no JSON', async () => {
    const path = await build();
    await writeFile(join(path, 'model.json'), '{"name": ');
    expect((await failure(loadModel(path, { verify: false }))).message).toContain('model.json is not JSON');
  });
});

describe('findModel', () => {
  it('finds bundled names, names in IMGD_MODELS, and paths', async () => {
    const models = fresh();
    const mine = await writePackage(join(models, 'mine'), { network });
    const env = { IMGD_MODELS: models };
    expect(findModel('efficientnet-lite0', env)).toBe(bundled);
    expect(findModel('mine', env)).toBe(mine);
    expect(findModel(mine, {})).toBe(mine);
    expect(listModels(env)).toEqual([
      { name: 'efficientnet-lite0', folder: bundled, place: 'bundled' },
      { name: 'mine', folder: mine, place: 'user' },
    ]);
  });

  it('says which names there are', () => {
    expect(() => findModel('resnet', { IMGD_MODELS: folder })).toThrow("no model is called 'resnet'");
    expect(() => findModel('./nowhere', {})).toThrow('has no model.json');
  });

  it('takes the data folder where IMGD_MODELS is not set', () => {
    expect(userModels({ XDG_DATA_HOME: '/data' })).toBe('/data/imgd/models');
    expect(userModels({})).toMatch(/\.local\/share\/imgd\/models$/);
  });
});

describe('labels and fits', () => {
  it('reads ids and labels, one word as both, with Windows line ends and a byte order mark', () => {
    expect(parseLabels('\uFEFFn1 tench\r\nn2 great white shark\r\ncat\r\n', 'f')).toEqual([
      { id: 'n1', label: 'tench' },
      { id: 'n2', label: 'great white shark' },
      { id: 'cat', label: 'cat' },
    ]);
  });

  it('refuses an empty line in between and an id that stands twice', () => {
    expect(() => parseLabels('a b\n\nc d\n', 'f')).toThrow('f, line 2: no label');
    expect(() => parseLabels('a b\na c\n', 'f')).toThrow("line 1 and line 2 both have the id 'a'");
  });

  it('reads the four fits and nothing else', () => {
    for (const kind of ['stretch', 'contain', 'cover']) expect(parseFit(kind)).toEqual({ kind });
    expect(parseFit('crop:0.875')).toEqual({ kind: 'crop', ratio: 0.875 });
    expect(parseFit('crop:1')).toEqual({ kind: 'crop', ratio: 1 });
    for (const text of ['', 'crop', 'crop:0', 'crop:.0', 'crop:1.5', 'crop:-1', 'crop:0.5x', 'fill'])
      expect(parseFit(text)).toBeNull();
  });

  it('hashes the labels of the bundled package as its manifest says', async () => {
    const model = await loadModel(bundled, { verify: false });
    expect(model.manifest.labels.sha256).toBe(
      sha256(await import('node:fs').then((fs) => fs.readFileSync(join(bundled, 'labels.txt')))),
    );
  });
});
