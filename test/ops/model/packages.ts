import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ModelContract } from '../../../src/ops/model/contract.js';
import type { Manifest } from '../../../src/ops/model/manifest.js';

export const projectRoot = join(import.meta.dirname, '../../..');
export const bundled = join(projectRoot, 'models/efficientnet-lite0');
export const samples = join(projectRoot, 'samples');

/** A folder that is gone after the file's tests. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'imgd-models-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export const labelLines = (classes: number): string =>
  Array.from({ length: classes }, (_, i) => `id${i} class_${i}\n`).join('');

export interface PackageParts {
  readonly network: Uint8Array;
  readonly labels?: string;
  readonly change?: (manifest: Manifest) => unknown;
}

/** A valid package of one fp32 ONNX variant with a 4 × 5 float input and 7 classes, unless changed. */
export async function writePackage(folder: string, { network, labels, change }: PackageParts): Promise<string> {
  await mkdir(folder, { recursive: true });
  const text = labels ?? labelLines(7);
  const manifest: Manifest = {
    name: 'tiny',
    description: 'a test',
    licence: 'CC0-1.0',
    source: 'tests',
    default: 'fp32',
    variants: [
      {
        precision: 'fp32',
        engine: 'onnx',
        files: [{ path: 'net.onnx', bytes: network.length, sha256: sha256(network) }],
      },
    ],
    input: {
      name: 'pixels',
      type: 'float32',
      layout: 'NCHW',
      order: 'RGB',
      height: 4,
      width: 5,
      mean: [127, 127, 127],
      scale: [0.01, 0.01, 0.01],
    },
    fit: 'stretch',
    kernel: 'bicubic',
    output: { name: 'scores', kind: 'logits', classes: 7 },
    labels: { path: 'labels.txt', sha256: sha256(text) },
  };
  await writeFile(join(folder, 'net.onnx'), network);
  await writeFile(join(folder, 'labels.txt'), text);
  await writeFile(join(folder, 'model.json'), JSON.stringify(change?.(manifest) ?? manifest));
  return folder;
}

/** The bundled package in another folder, with its manifest changed. */
export async function copyBundled(folder: string, change: (manifest: Manifest) => Manifest): Promise<string> {
  await cp(bundled, folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as Manifest;
  await writeFile(join(folder, 'model.json'), JSON.stringify(change(manifest)));
  return folder;
}

/** A contract for a network of the tests; nothing of it is checked but what an engine checks. */
export function contractOf(file: string, change: Partial<ModelContract> = {}): ModelContract {
  return {
    name: 'tiny',
    precision: 'fp32',
    engine: 'onnx',
    file,
    sha256: '0'.repeat(64),
    input: {
      name: null,
      type: 'float32',
      layout: 'NCHW',
      order: 'RGB',
      height: 4,
      width: 5,
      mean: [127, 127, 127],
      scale: [0.01, 0.01, 0.01],
    },
    fit: { kind: 'stretch' },
    kernel: 'bicubic',
    output: { name: null, kind: 'logits', classes: 7 },
    embedding: null,
    labels: [],
    ...change,
  };
}
