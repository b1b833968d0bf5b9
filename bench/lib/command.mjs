/** Whole commands, from the start of the process to its exit. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { imgctlFile } from './places.mjs';

/** Seconds of processor time of all children that have ended and their own, null where the system doesn't tell. */
function childSeconds() {
  try {
    const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100; // cutime, cstime in ticks; Linux shows 100 a second
  } catch {
    return null;
  }
}

/**
 * Runs one command at a time. `wall` and `cpu` in seconds; `first`: when the first byte came out. Throws, with what it
 * said, for any exit code but those in `codes`.
 */
export function measure([file, ...args], { env = {}, keepOutput = false, codes = [0] } = {}) {
  return new Promise((resolve, reject) => {
    const cpuBefore = childSeconds();
    const begin = performance.now();
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let first = null;
    const stdout = [];
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      first ??= (performance.now() - begin) / 1000;
      if (keepOutput) stdout.push(chunk);
    });
    child.stderr.on('data', (chunk) => {
      stderr = (stderr + chunk).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const wall = (performance.now() - begin) / 1000;
      if (!codes.includes(code)) {
        reject(new Error(`${[file, ...args].join(' ')} ended with ${code ?? signal}:\n${stderr}`));
        return;
      }
      const cpu = cpuBefore === null ? null : childSeconds() - cpuBefore;
      resolve({ wall, cpu, first, stdout: Buffer.concat(stdout).toString() });
    });
  });
}

/** `imgctl run` that says nothing and lets any number of inputs fail. */
export const imgctlRun = (...args) => {
  const flags = ['--quiet', '--max-failed', '100%', '--node', 'bench'];
  return [process.execPath, imgctlFile, 'run', ...args, ...flags];
};
