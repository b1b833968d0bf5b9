import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import util from 'node:util';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io, Tensor, TensorLike } from '@tensorflow/tfjs-core';
import { ImgdError } from '../../base/errors.js';

/** The few functions of TensorFlow.js that an engine needs: the same in tfjs-node and in core + converter. */
export interface TfjsRuntime {
  /** `tfjs-node 4.22.0` or `tfjs-wasm 4.22.0`. */
  readonly name: string;
  tensor(values: TensorLike, shape: number[], dtype: 'int32' | 'float32'): Tensor;
  loadGraphModel(handler: io.IOHandler): Promise<GraphModel>;
}

interface TfjsNode extends Omit<TfjsRuntime, 'name'> {
  readonly version: { readonly 'tfjs-node'?: string; readonly tfjs?: string };
}

/** Imports tfjs-node, which is optional: a function so that tests can put another one in its place. */
export type ImportTfjsNode = () => Promise<unknown>;

const importTfjsNode: ImportTfjsNode = () => {
  const name = '@tensorflow/tfjs-node'; // a variable: the compiler must not look for a package that may be absent
  return import(name);
};

/**
 * tfjs-node where it is installed and its native library loads, else the WASM backend, which is slower but always there.
 * Throws `unavailable` where neither starts.
 */
export async function loadTfjs(importNode: ImportTfjsNode = importTfjsNode): Promise<TfjsRuntime> {
  // tfjs-node 4.22 calls this function, which Node 23 removed (tensorflow/tfjs issue 8609)
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const native = await importNode().catch(() => undefined);
  if (native !== undefined) {
    const tf = ((native as { default?: TfjsNode }).default ?? native) as TfjsNode;
    return {
      name: `tfjs-node ${tf.version['tfjs-node'] ?? tf.version.tfjs ?? ''}`.trimEnd(),
      tensor: (values, shape, dtype) => tf.tensor(values, shape, dtype),
      loadGraphModel: (handler) => tf.loadGraphModel(handler),
    };
  }
  return loadWasm();
}

async function loadWasm(): Promise<TfjsRuntime> {
  const [core, converter, wasm] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-converter'),
    import('@tensorflow/tfjs-backend-wasm'),
  ]);
  const module = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(module) + sep);
  if (!(await core.setBackend('wasm')))
    throw new ImgdError('unavailable', 'the WASM backend of TensorFlow.js does not start');
  return {
    name: `tfjs-wasm ${wasm.version_wasm}`,
    tensor: (values, shape, dtype) => core.tensor(values, shape, dtype),
    loadGraphModel: (handler) => converter.loadGraphModel(handler),
  };
}
