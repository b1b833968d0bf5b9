// Makes a fresh clone ready: installs what the lock file names, then builds. Does nothing where nothing is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`imgd needs Node 20.19 or later; this is ${process.version}.`);
  process.exit(2);
}

function run(command, args) {
  // npm's own name for itself: the npm that runs this script, on any platform
  const npm = process.env.npm_execpath;
  const [file, argv] = command === 'npm' && npm ? [process.execPath, [npm, ...args]] : [command, args];
  const { status } = spawnSync(file, argv, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
  );

const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
const installed = join(root, 'node_modules', '.imgd-lock');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  console.error('installing what the lock file names …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(installed, lock);
}

const stamp = join(root, 'dist', '.built');
const sources = Math.max(newest(join(root, 'src')), statSync(join(root, 'tsconfig.build.json')).mtimeMs);
if (!existsSync(stamp) || statSync(stamp).mtimeMs < sources) {
  console.error('building …');
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')]);
  writeFileSync(stamp, '');
}
