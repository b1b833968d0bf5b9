/**
 * What the machine can do with these parts and nothing around them: the same decoder, resampler and ONNX Runtime as the
 * default road for small JPEGs, one process a core, no plan, no commit, no protection. It reads JPEGs alone, believes
 * every one of them and writes JSON lines at the end.
 *
 *     node bench/bare-loop.mjs FOLDER MODEL.onnx OUT.jsonl
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const side = 224;
const imageBytes = side * side * 3;
const batch = 4;
const ahead = 2;
// the same as an executor's: see src/node/executor-process.ts
const allocator = {
  MALLOC_MMAP_THRESHOLD_: '268435456',
  MALLOC_TRIM_THRESHOLD_: '268435456',
  MALLOC_TOP_PAD_: '16777216',
  MALLOC_ARENA_MAX: '2',
};

const [, , folder, model, out, share] = process.argv;
if (share === undefined) await parent();
else await child(...share.split('/').map(Number));

async function parent() {
  const processes = availableParallelism();
  const lines = [];
  const ends = Array.from({ length: processes }, (_, number) => {
    const one = fork(fileURLToPath(import.meta.url), [folder, model, out, `${number}/${processes}`], {
      serialization: 'advanced',
      env: { ...process.env, ...allocator, UV_THREADPOOL_SIZE: '3' },
    });
    one.on('message', (rows) => {
      for (const row of rows) lines.push(JSON.stringify(row));
    });
    return new Promise((resolve, reject) => {
      one.on('error', reject);
      one.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`ended with ${code ?? signal}`))));
    });
  });
  await Promise.all(ends);
  writeFileSync(out, `${lines.join('\n')}\n`);
}

async function child(number, processes) {
  const [ort, { Transformer }, { createResampler }, { topK }] = await Promise.all([
    import('onnxruntime-node'),
    import('@napi-rs/image'),
    import('../dist/ops/resample/resampler.js'),
    import('../dist/ops/top-k.js'),
  ]);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const resampler = createResampler();
  const names = readdirSync(folder)
    .sort()
    .filter((_, i) => i % processes === number);
  const free = [];

  async function load(from) {
    const part = names.slice(from, from + batch);
    const pixels = free.pop() ?? new Uint8Array(batch * imageBytes);
    await Promise.all(
      part.map(async (name, i) => {
        const bytes = readFileSync(join(folder, name));
        const { width, height } = sizeOf(bytes);
        const data = await new Transformer(bytes).rawPixels();
        const picture = { data: data.length === width * height ? rgbOf(data) : data, width, height };
        const box = { left: 0, top: 0, width, height };
        resampler.resize(picture, box, { width: side, height: side }, 'bicubic', 'quick', pixels, i * imageBytes);
      }),
    );
    return { part, pixels };
  }

  const loading = [];
  let next = 0;
  const begin = () => {
    if (next < names.length) loading.push(load(next));
    next += batch;
  };
  for (let i = 0; i < ahead; i++) begin();
  for (let ready = await loading.shift(); ready !== undefined; ready = await loading.shift()) {
    begin();
    const { part, pixels } = ready;
    const shape = [part.length, side, side, 3];
    const images = new ort.Tensor('uint8', pixels.subarray(0, part.length * imageBytes), shape);
    const { probabilities } = await session.run({ images });
    free.push(pixels);
    const rows = part.map((name, i) => {
      const { indices, scores } = topK(probabilities.data, i * 1000, 1000, 5);
      return { name, best: [...indices], scores: [...scores] };
    });
    process.send(rows);
  }
  process.disconnect();
}

/** From a JPEG's frame header. */
function sizeOf(bytes) {
  for (let at = 2; ; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  }
}

function rgbOf(grey) {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) rgb.fill(grey[i], i * 3, i * 3 + 3);
  return rgb;
}
