// Compiles the resampler's kernel (AssemblyScript) and embeds it as base64 in a committed source file, so that neither an
// install nor a build needs the compiler. `--check`: exit 1 if the committed file is not what the source gives.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = new URL('../src/ops/resample/', import.meta.url);
const target = new URL('kernel.gen.ts', folder);

const flags = '--runtime stub --enable simd --importMemory --noExportMemory -O3 --outFile kernel.wasm'.split(' ');
let wasm;
const { error, stderr } = await asc.main(['resample.ts', ...flags], {
  // The compiler insists on .ts; on disk it is .as, since it is no TypeScript that tsc could check.
  readFile: (name) => (name === 'resample.ts' ? readFileSync(new URL('kernel/resample.as', folder), 'utf8') : null),
  writeFile: (name, content) => {
    if (name === 'kernel.wasm') wasm = content;
  },
  listFiles: () => [],
});
if (error !== null || wasm === undefined) {
  process.stderr.write(`${stderr.toString()}\n`);
  process.exit(1);
}

const text = `// Made by scripts/build-kernel.mjs from kernel/resample.as. Do not edit.
export const kernelBase64 =
${Buffer.from(wasm)
  .toString('base64')
  .match(/.{1,110}/g)
  .map((line) => `  '${line}'`)
  .join(' +\n')};
`;
if (process.argv.includes('--check')) {
  let committed = '';
  try {
    committed = readFileSync(target, 'utf8');
  } catch {
    // not there: differs
  }
  if (committed !== text) {
    process.stderr.write(`${fileURLToPath(target)} is not what its source gives: run node scripts/build-kernel.mjs\n`);
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
