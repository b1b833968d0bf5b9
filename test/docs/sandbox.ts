import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { projectRoot } from './markdown.js';

export interface Sandbox {
  /** Working folder: holds `samples`, and what the commands make. */
  readonly folder: string;
  /** Runs a script with bash, which ends at the first command that fails. */
  run(script: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  remove(): Promise<void>;
}

const patienceMs = 60_000;

/** A folder with the samples and a home of its own, in which `npx imgctl` is the program that was built. */
export async function openSandbox(): Promise<Sandbox> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'imgd-docs-')));
  const [folder, home, bin] = [join(root, 'work'), join(root, 'home'), join(root, 'bin')];
  for (const each of [folder, home, bin]) await mkdir(each);
  await cp(join(projectRoot, 'samples'), join(folder, 'samples'), { recursive: true });
  const npx = join(bin, 'npx');
  const program = join(projectRoot, 'dist/cli/imgctl.js');
  await writeFile(
    npx,
    `#!/bin/sh\n[ "$1" = imgctl ] || exit 127\nshift\nexec '${process.execPath}' '${program}' "$@"\n`,
  );
  await chmod(npx, 0o755);
  const { XDG_CACHE_HOME: _cache, IMGD_MODELS: _models, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, NO_COLOR: '1' };
  return {
    folder,
    run: (script) =>
      new Promise((resolve) => {
        const child = execFile(
          'bash',
          ['-eo', 'pipefail', '-c', script],
          { cwd: folder, env, timeout: patienceMs, maxBuffer: 64 * 2 ** 20 },
          (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
        );
        child.stdin?.end();
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
