/** Where things are, and a folder for what a measurement makes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const shared = join(root, '..', 'shared');
export const imgctlFile = join(root, 'dist', 'cli', 'imgctl.js');
export const modelFile = (precision) =>
  join(root, 'models', 'efficientnet-lite0', precision === 'fp32' ? 'model.onnx' : `model.${precision}.onnx`);

/** A temporary folder that is gone when the process ends, however it ends but by SIGKILL. */
export function workFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `imgd-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.on(signal, () => process.exit(code));
  return folder;
}
