/** The rival that is measured against: Pillow and ONNX Runtime in a pool of processes, nothing else. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelFile, shared } from './lib/places.mjs';

const script = join(shared, 'peers', 'plain_pool.py');
const needs = ['PIL', 'numpy', 'onnxruntime', 'pyarrow'];
const ask = `import sys,${needs.join(',')};print(*[f"{m} {sys.modules[m].__version__}" for m in ${JSON.stringify(needs)}],sep=", ")`;

/** `{python, versions}`, or a sentence that says what is missing. */
export function findPool() {
  if (!existsSync(script)) return 'the plain pool (../shared/peers/plain_pool.py) is not here';
  const candidates = [process.env.IMGD_BENCH_PYTHON, 'python3', 'python'].filter((name) => name !== undefined);
  for (const python of candidates) {
    const { status, stdout } = spawnSync(python, ['-c', ask], { encoding: 'utf8' });
    if (status === 0) return { python, versions: stdout.trim() };
  }
  return 'no Python has what the plain pool needs: pip install pillow numpy onnxruntime pyarrow, or name one in IMGD_BENCH_PYTHON';
}

export const poolCommand = ({ python }, images, out, precision = 'int8') => [
  python,
  script,
  '--images',
  images,
  '--model',
  modelFile(precision),
  '--out',
  out,
];
