/** What a result depends on. No host name and no path: results are committed. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './places.mjs';

const libraries = ['sharp', '@napi-rs/image', 'onnxruntime-node', 'hyparquet-writer'];

export function machineFacts() {
  const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    versions: { imgd: version, ...Object.fromEntries(libraries.map((name) => [name, dependencies[name]])) },
  };
}
