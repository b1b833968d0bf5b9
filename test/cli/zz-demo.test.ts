import { readdir, rm, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'vitest';
import { reportCommand } from '../../src/cli/report.js';
import { fileUri } from '../../src/io/uri.js';
import type { Row } from '../../src/ops/row.js';
import { failedRow, plainRow, spec } from '../io/sample-rows.js';
import { defaultPipeline } from '../../src/ops/options.js';
import { makeOutput, never, originalOf, runCaptured, samples, seededNumbers } from './look-fixture.js';

test('demo', async () => {
  const folder = '/tmp/demo-output';
  await rm(folder, { recursive: true, force: true });
  const names = (await readdir(samples)).filter((n) => !n.endsWith('.md'));
  const labels = (await readFile(join(samples, '../models/efficientnet-lite0/labels.txt'), 'utf8')).trim().split('\n').map((l) => l.split(/\s+/)[1] ?? l);
  const originals = await Promise.all(names.map(async (n) => {
    const m = await sharp(join(samples, n)).metadata();
    return { ...(await originalOf(join(samples, n))), width: m.width, height: m.height, format: m.format as string };
  }));
  const random = seededNumbers(7);
  const rows: Row[] = [];
  for (let index = 0; index < 12345; index++) {
    const o = originals[Math.floor(random() * originals.length)]!;
    const r = random();
    if (r < 0.004) { rows.push({ ...failedRow(index, ['truncated', 'unsupported_format', 'empty', 'too_many_pixels'][Math.floor(random() * 4)]!), origin: `file:///photos/holiday%20in%20Rome/IMG_${index}.jpg` }); continue; }
    if (r < 0.02) { rows.push(plainRow(index, { ...o, status: 'filtered', reason: random() < 0.7 ? 'nChannels > 2' : 'height < 1000', pred_id: null, label: null, score: null, decode_path: null, decode_ms: null, resize_ms: null, predict_ms: null })); continue; }
    const k = Math.floor(labels.length * random() ** 4);
    const score = Math.min(0.9999, 1 - random() ** 3 * 0.95);
    const missing = random() < 0.05;
    rows.push(plainRow(index, { ...o, ...(missing && { origin: fileUri(Buffer.from(`/photos/gone-${index}.jpg`)) }), label: [0, 1, 2, 3, 4].map((i) => labels[(k + i) % labels.length]!), score: [score, (1 - score) * 0.5, (1 - score) * 0.2, (1 - score) * 0.1, (1 - score) * 0.05], pred_id: ['1', '2', '3', '4', '5'], decode_path: ['napi', 'sharp', 'sharp/4'][Math.floor(random() * 3)]!, decode_ms: 1 + 30 * random() ** 4, resize_ms: 0.3 + random(), predict_ms: 2.5 + random() }));
  }
  await makeOutput(folder, rows, spec('parquet', { pipeline: { ...defaultPipeline, filter: 'nChannels > 2 AND height < 1000' } }));
  console.log(await runCaptured((t) => reportCommand(never, t), [folder]));
}, 120000);
