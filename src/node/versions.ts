import { readFileSync } from 'node:fs';

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Package;

/** What made the rows: this program, Node, and the libraries that pixels and scores come from (pinned exactly). */
export const versions: Readonly<Record<string, string>> = {
  imgd: own.version,
  node: process.versions.node,
  ...Object.fromEntries(
    ['sharp', '@napi-rs/image', 'onnxruntime-node', '@tensorflow/tfjs-core', 'hyparquet-writer'].map((name) => [
      name,
      own.dependencies[name] ?? '',
    ]),
  ),
};
