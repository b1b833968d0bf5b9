/** A process and all that it started, as Linux shows them. Elsewhere there is nothing to see: empty, null. */
import { readdirSync, readFileSync } from 'node:fs';

function parents() {
  const children = new Map();
  let names = [];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return children;
  }
  for (const name of names) {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // it has just ended
    }
  }
  return children;
}

export function treeOf(pid) {
  const children = parents();
  const tree = [pid];
  for (let at = 0; at < tree.length; at++) tree.push(...(children.get(tree[at]) ?? []));
  return tree;
}

/** Bytes of proportional set size, summed: shared pages count once. Null where the system doesn't tell. */
export function proportionalBytes(pids) {
  let sum = null;
  for (const pid of pids) {
    try {
      const kilobytes = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
      sum = (sum ?? 0) + Number(kilobytes) * 1024;
    } catch {
      // it has just ended
    }
  }
  return sum;
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
