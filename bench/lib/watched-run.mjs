import { spawn } from 'node:child_process';
import { imgctlRun } from './command.mjs';
import { treeOf } from './processes.mjs';

/**
 * `imgctl run` in a process group of its own. `look(pids)` is called every `everyMs` with the whole tree. Resolves with how
 * it ended; after `limitMs` the group is killed and `hung` is true. `executors`: how many children it had, one after
 * another.
 */
export function watchedRun(args, { everyMs = 100, limitMs, look = () => {} }) {
  const [file, ...rest] = imgctlRun(...args);
  const child = spawn(file, rest, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const children = new Set();
  let stderr = '';
  let hung = false;
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-4000);
  });
  const timer = setInterval(() => {
    const tree = treeOf(child.pid);
    for (const pid of tree.slice(1)) children.add(pid);
    look(tree);
  }, everyMs);
  const limit = setTimeout(() => {
    hung = true;
    killGroup(child.pid);
  }, limitMs);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      clearTimeout(limit);
      resolve({ code, signal, stderr, hung, executors: children.size });
    });
  });
  return { pid: child.pid, ended };
}

export function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}
