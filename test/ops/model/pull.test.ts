import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/ops/model/catalog.js';
import { loadModel } from '../../../src/ops/model/load-model.js';
import type { Manifest } from '../../../src/ops/model/manifest.js';
import { type PullOptions, pull } from '../../../src/ops/model/pull.js';
import { type FileServer, fileServer, forwardProxy } from './file-server.js';
import { linearNetwork } from './networks.js';
import { bundled, projectRoot, scratch, sha256 } from './packages.js';

const shape = { type: 'float32', layout: 'NCHW', height: 8, width: 8, classes: 1000 } as const;
const fp32 = linearNetwork({ ...shape, softmax: false });
const int8 = linearNetwork({ ...shape, softmax: true });
const remote = { 'net.onnx': 'net/model/net.onnx', 'net-int8.onnx': 'net/model/net-int8.onnx' };
const folder = scratch();
let labels: string;
let server: FileServer;
let made = 0;

beforeAll(async () => {
  labels = sha256(await readFile(join(bundled, 'labels.txt')));
  server = await fileServer();
});

beforeEach(() => {
  server.log.length = 0;
  server.script.length = 0;
  server.files.clear();
  server.files.set('/zoo/net/model/net.onnx', fp32);
  server.files.set('/zoo/net/model/net-int8.onnx', int8);
});

const model = (): Manifest => ({
  name: 'net',
  description: 'a test',
  licence: 'CC0-1.0',
  source: 'tests',
  default: 'fp32',
  variants: [
    { precision: 'fp32', engine: 'onnx', files: [{ path: 'net.onnx', bytes: fp32.length, sha256: sha256(fp32) }] },
    { precision: 'int8', engine: 'onnx', files: [{ path: 'net-int8.onnx', bytes: int8.length, sha256: sha256(int8) }] },
  ],
  input: {
    name: null,
    type: 'float32',
    layout: 'NCHW',
    order: 'RGB',
    height: 8,
    width: 8,
    mean: [0, 0, 0],
    scale: [1, 1, 1],
  },
  fit: 'stretch',
  kernel: 'bicubic',
  output: { name: null, kind: 'logits', classes: 1000 },
  labels: { path: 'labels.txt', sha256: labels },
});

const catalogAt = (source: string): Catalog => ({
  source,
  packages: [{ model: model(), remote, top1: {} }],
  templates: {},
});

const fresh = () => join(folder, `models-${made++}`);

const start = (dest: string, options: Partial<PullOptions> = {}) =>
  pull('net', {
    dest,
    signal: AbortSignal.timeout(30_000),
    env: {},
    catalog: catalogAt(`${server.url}/zoo`),
    network: { attempts: 3, pauseMs: 1, idleMs: 5_000 },
    onProgress: server.received,
    ...options,
  });

describe('pull', () => {
  it('brings a package that loads, verified, with nothing beside it', async () => {
    const dest = fresh();
    const seen: number[] = [];
    const result = await start(dest, { onProgress: (received) => seen.push(received) });
    expect(result).toEqual({ name: 'net', precision: 'fp32', folder: join(dest, 'net'), already: false });
    expect(readdirSync(dest)).toEqual(['net']);
    const loaded = await loadModel(join(dest, 'net'), { verify: true });
    expect(loaded.labels[569]!.label).toBe('garbage_truck');
    expect(seen.at(-1)).toBe(fp32.length);
  });

  it('asks for nothing when the package is there and whole, and repairs it when it is not', async () => {
    const dest = fresh();
    await start(dest);
    server.log.length = 0;
    expect((await start(dest)).already).toBe(true);
    expect(server.log).toEqual([]);
    await writeFile(join(dest, 'net/net.onnx'), Buffer.alloc(fp32.length));
    expect((await start(dest)).already).toBe(false);
    expect((await loadModel(join(dest, 'net'), { verify: true })).precision).toBe('fp32');
  });

  it('adds a precision to a package that is there', async () => {
    const dest = fresh();
    await start(dest, { precision: 'int8' });
    expect((await loadModel(join(dest, 'net'), { verify: true })).precision).toBe('int8');
    await start(dest);
    expect((await loadModel(join(dest, 'net'), { verify: true })).precision).toBe('fp32');
    expect((await loadModel(join(dest, 'net'), { verify: true, precision: 'int8' })).precision).toBe('int8');
    expect(readdirSync(dest)).toEqual(['net']);
  });

  it('goes on by Range after each cut connection', async () => {
    const [a, b] = [1000, 70_000];
    server.script.push({ kind: 'cut', after: a }, { kind: 'cut', after: b - a });
    const dest = fresh();
    await start(dest);
    expect(server.log).toEqual([
      'GET /zoo/net/model/net.onnx -',
      `GET /zoo/net/model/net.onnx bytes=${a}-`,
      `GET /zoo/net/model/net.onnx bytes=${b}-`,
    ]);
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it('keeps what has arrived when the network stays away, and goes on in the next call', async () => {
    const dest = fresh();
    server.script.push({ kind: 'cut', after: 5000 }, { kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    await expect(start(dest)).rejects.toMatchObject({ code: 'unavailable' });
    expect(existsSync(join(dest, 'net'))).toBe(false);
    server.log.length = 0;
    await start(dest);
    expect(server.log).toEqual(['GET /zoo/net/model/net.onnx bytes=5000-']);
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it('begins anew where the server does no ranges, or answers with another one', async () => {
    server.script.push({ kind: 'cut', after: 5000 }, { kind: 'shifted' }, { kind: 'whole' });
    const dest = fresh();
    await start(dest);
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it('fetches a resumed file once more where what was kept is damaged', async () => {
    const dest = fresh();
    await mkdir(join(dest, '.net.partial'), { recursive: true });
    await writeFile(join(dest, '.net.partial/net.onnx.partial'), Buffer.alloc(5000, 7));
    await start(dest);
    expect(server.log.map((line) => line.split(' ')[2])).toEqual(['bytes=5000-', '-']);
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it.each([
    ['of another content', () => Buffer.alloc(fp32.length, 1), 'its SHA-256 is not'],
    ['of another size', () => Buffer.alloc(fp32.length + 1), `it has ${fp32.length + 1} bytes, not ${fp32.length}`],
  ])('refuses a file %s and leaves nothing of it', async (_, bytes, message) => {
    const dest = fresh();
    server.files.set('/zoo/net/model/net.onnx', bytes());
    await expect(start(dest)).rejects.toMatchObject({ code: 'data_loss', message: expect.stringContaining(message) });
    expect(readdirSync(dest)).toEqual(['.net.partial']);
    expect(readdirSync(join(dest, '.net.partial'))).toEqual([]);
  });

  it('stops a server that sends more than the pinned size without saying so', async () => {
    server.script.push({ kind: 'endless', bytes: Buffer.alloc(fp32.length * 3) });
    await expect(start(fresh())).rejects.toMatchObject({
      code: 'data_loss',
      message: expect.stringContaining('more than'),
    });
  });

  it('gives up on a connection that has gone silent', async () => {
    server.script.push({ kind: 'silent', after: 100 });
    const work = start(fresh(), { network: { attempts: 1, pauseMs: 1, idleMs: 60 } });
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends at once when it is aborted in the middle', async () => {
    server.script.push({ kind: 'silent', after: 100 });
    const controller = new AbortController();
    const onProgress = (received: number) => received > 0 && controller.abort(new Error('stopped'));
    await expect(start(fresh(), { signal: controller.signal, onProgress })).rejects.toThrow('stopped');
  });

  it('follows redirects, with the range, and not for ever', async () => {
    server.files.set('/cdn/object', fp32);
    const redirect = { kind: 'redirect', to: `${server.url}/cdn/object` } as const;
    server.script.push(redirect, { kind: 'cut', after: 1000 }, redirect);
    await start(fresh());
    expect(server.log).toEqual([
      'GET /zoo/net/model/net.onnx -',
      'GET /cdn/object -',
      'GET /zoo/net/model/net.onnx bytes=1000-',
      'GET /cdn/object bytes=1000-',
    ]);
    for (let i = 0; i < 7; i++) server.script.push({ kind: 'redirect', to: '/zoo/net/model/net.onnx' });
    const network = { attempts: 1, pauseMs: 1, idleMs: 5000 };
    await expect(start(fresh(), { network })).rejects.toThrow('redirects more than');
    server.script.length = 0;
    server.script.push({ kind: 'redirect', to: 'file:///etc/passwd' });
    await expect(start(fresh(), { network })).rejects.toThrow('not safe to follow');
  });

  it('says without a network what to fetch, its SHA-256 and what to do with it', async () => {
    const work = start(fresh(), { catalog: catalogAt('http://127.0.0.1:9/zoo'), network: { attempts: 1, pauseMs: 1 } });
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('net.onnx could not be downloaded'),
    });
    const { hint } = error as { hint: string };
    for (const part of [
      'http://127.0.0.1:9/zoo/net/model/net.onnx',
      sha256(fp32),
      `${fp32.length} bytes`,
      '--from PATH',
      'HTTPS_PROXY',
    ])
      expect(hint).toContain(part);
  });

  it('does not ask again after a 404, and tries again after a 503', async () => {
    server.files.clear();
    await expect(start(fresh())).rejects.toMatchObject({ code: 'not_found' });
    expect(server.log).toHaveLength(1);
    server.files.set('/zoo/net/model/net.onnx', fp32);
    server.script.push({ kind: 'status', status: 503 }, { kind: 'status', status: 429 });
    await start(fresh());
    expect(server.log).toHaveLength(4);
  });

  it('refuses a folder that holds something else, a precision and a name that are not there', async () => {
    const dest = fresh();
    await mkdir(join(dest, 'net'), { recursive: true });
    await writeFile(join(dest, 'net/notes.txt'), 'mine');
    await expect(start(dest)).rejects.toMatchObject({ code: 'conflict' });
    expect(readdirSync(join(dest, 'net'))).toEqual(['notes.txt']);
    await expect(start(fresh(), { precision: 'int4' })).rejects.toMatchObject({
      code: 'usage',
      hint: 'it has fp32, int8',
    });
    await expect(pull('nothing', { dest, signal: AbortSignal.timeout(9000) })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('pull --from', () => {
  it.each([
    ['a mirror with the folders', '/zoo', ''],
    ['a mirror without folders', '/flat', '/flat/net.onnx'],
    ['the URL of the file', '/some/net.onnx', '/some/net.onnx'],
  ])('takes %s', async (_, path, extra) => {
    if (extra !== '') server.files.set(extra, fp32);
    const dest = fresh();
    await start(dest, { from: `${server.url}${path}`, catalog: catalogAt('http://127.0.0.1:9') });
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it('takes a file, a folder, and a mirror’s copy on disk, without any request', async () => {
    const disk = fresh();
    await mkdir(join(disk, 'net/model'), { recursive: true });
    await writeFile(join(disk, 'net/model/net.onnx'), fp32);
    for (const from of [join(disk, 'net/model/net.onnx'), join(disk, 'net/model'), disk, `file://${disk}`]) {
      const dest = fresh();
      await start(dest, { from });
      await loadModel(join(dest, 'net'), { verify: true });
    }
    expect(server.log).toEqual([]);
    expect(readFileSync(join(disk, 'net/model/net.onnx')).equals(fp32)).toBe(true);
  });

  it('refuses other bytes, another size and a folder without the file', async () => {
    const disk = fresh();
    await mkdir(disk);
    await writeFile(join(disk, 'net.onnx'), Buffer.alloc(fp32.length));
    await expect(start(fresh(), { from: disk })).rejects.toMatchObject({ code: 'data_loss' });
    await writeFile(join(disk, 'net.onnx'), 'short');
    await expect(start(fresh(), { from: disk })).rejects.toThrow('it has 5 bytes');
    await rm(join(disk, 'net.onnx'));
    await expect(start(fresh(), { from: disk })).rejects.toMatchObject({ code: 'not_found' });
    await expect(start(fresh(), { from: join(disk, 'gone') })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('pull through a proxy', () => {
  const pem = (name: string) => readFileSync(join(projectRoot, 'test/fixtures/models', name), 'utf8');

  it('asks the proxy for an http URL, with its credentials', async () => {
    const proxy = await forwardProxy();
    await start(fresh(), { env: { HTTP_PROXY: proxy.url.replace('//', '//me:secret@') } });
    expect(proxy.log).toEqual([`GET ${server.url}/zoo/net/model/net.onnx as me:secret`]);
  });

  it('passes it by for NO_PROXY', async () => {
    const proxy = await forwardProxy();
    await start(fresh(), { env: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } });
    expect(proxy.log).toEqual([]);
  });

  it('speaks TLS with the origin through a CONNECT tunnel', async () => {
    const secure = await fileServer({ key: pem('localhost.key.pem'), cert: pem('localhost.cert.pem') });
    secure.files.set('/zoo/net/model/net.onnx', fp32);
    secure.script.push({ kind: 'cut', after: 2000 });
    const proxy = await forwardProxy();
    const dest = fresh();
    const network = { attempts: 3, pauseMs: 1, idleMs: 5000, ca: pem('localhost.cert.pem') };
    await start(dest, {
      env: { HTTPS_PROXY: proxy.url },
      catalog: catalogAt(`${secure.url}/zoo`),
      network,
      onProgress: secure.received,
    });
    expect(proxy.log).toEqual([`CONNECT localhost:${secure.port}`, `CONNECT localhost:${secure.port}`]);
    expect(secure.log[1]).toBe('GET /zoo/net/model/net.onnx bytes=2000-');
    await loadModel(join(dest, 'net'), { verify: true });
  });

  it('refuses an origin whose certificate nobody vouches for', async () => {
    const secure = await fileServer({ key: pem('localhost.key.pem'), cert: pem('localhost.cert.pem') });
    const proxy = await forwardProxy();
    const options = { catalog: catalogAt(`${secure.url}/zoo`), network: { attempts: 1, pauseMs: 1 } };
    await expect(start(fresh(), { ...options, env: { HTTPS_PROXY: proxy.url } })).rejects.toThrow(/self-signed/);
    expect(secure.log).toEqual([]);
  });

  it('names a proxy that refuses or is not there', async () => {
    const refusing = await forwardProxy(407);
    const catalog = catalogAt('https://localhost:1/zoo');
    const network = { attempts: 1, pauseMs: 1 };
    await expect(start(fresh(), { catalog, network, env: { HTTPS_PROXY: refusing.url } })).rejects.toThrow(
      'refused localhost:1: 407',
    );
    await expect(start(fresh(), { catalog, network, env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })).rejects.toThrow(
      'the proxy 127.0.0.1:9',
    );
  });
});
