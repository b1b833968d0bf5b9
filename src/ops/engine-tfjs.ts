import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io, Tensor } from '@tensorflow/tfjs-core';
import { ImgdError } from '../base/errors.js';
import type { Engine } from './engine.js';
import { batchPredictor } from './model/batches.js';
import type { ModelContract } from './model/contract.js';
import { resolveSignature, type TensorInfo } from './model/signature.js';
import { readTfjsGraph } from './model/tfjs-files.js';
import { loadTfjs, type TfjsRuntime } from './model/tfjs-runtime.js';
import type { EngineOptions } from './open-engine.js';

/**
 * Opens a TensorFlow.js graph model and holds it against the contract. TensorFlow.js has no uint8 tensors: a contract's
 * `uint8` is an int32 input here. Throws `invalid_model` for a graph that can't be loaded or is another one.
 */
export async function openTfjsEngine(
  contract: ModelContract,
  options: EngineOptions = {},
  load: () => Promise<TfjsRuntime> = loadTfjs,
): Promise<Engine> {
  const tf = await load();
  const model = await tf.loadGraphModel(fromDisk(contract.file)).catch((cause: unknown) => {
    if (cause instanceof ImgdError) throw cause;
    throw new ImgdError('invalid_model', `TensorFlow.js can't open ${contract.file}: ${(cause as Error).message}`, {
      cause,
    });
  });
  try {
    return engineOf(tf, model, contract, options);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function engineOf(tf: TfjsRuntime, model: GraphModel, contract: ModelContract, options: EngineOptions): Engine {
  const declared = (model.modelSignature ?? {}) as { inputs?: SignatureTensors; outputs?: SignatureTensors };
  const signature = {
    inputs: model.inputs.map((tensor) => describe(tensor, declared.inputs)),
    outputs: model.outputs.map((tensor) => describe(tensor, declared.outputs)),
  };
  const { contract: own, batch } = resolveSignature(contract, signature, { uint8: 'int32', float32: 'float32' });
  const embeddingName = options.embedding === false ? undefined : own.embedding?.name;
  const fetches = embeddingName === undefined ? [own.output.name] : [own.output.name, embeddingName];
  const { height, width, layout } = own.input;
  const shape = layout === 'NHWC' ? [height, width, 3] : [3, height, width];

  const predict = batchPredictor(own, batch, async (values, count) => {
    const input =
      values instanceof Uint8Array
        ? tf.tensor(Int32Array.from(values), [count, ...shape], 'int32')
        : tf.tensor(values, [count, ...shape], 'float32');
    let results: Tensor[] = [];
    try {
      results = [model.execute({ [own.input.name]: input }, fetches)].flat();
      const [output, embedding] = await Promise.all(results.map((result) => result.data()));
      return {
        output: output as Float32Array,
        embedding: embedding === undefined ? null : (embedding as Float32Array),
      };
    } finally {
      input.dispose();
      for (const result of results) result.dispose();
    }
  });
  return {
    contract: own,
    name: tf.name,
    predict,
    close: async () => {
      model.dispose();
    },
  };
}

interface GraphTensor {
  readonly name: string;
  readonly dtype?: string;
  readonly shape?: readonly number[] | undefined;
}

/** Shapes of outputs stand in the graph's signature alone, as `{name, tensorShape: {dim: [{size: '-1'}, …]}}`. */
interface SignatureTensors {
  readonly [key: string]: {
    readonly name: string;
    readonly tensorShape?: { readonly dim?: readonly { readonly size: string }[] };
  };
}

/** A graph may say `images:0` for the node `images`; an output without a declared type is float32. */
function describe(tensor: GraphTensor, declared: SignatureTensors | undefined): TensorInfo {
  const name = tensor.name.replace(/:0$/, '');
  const entry = Object.values(declared ?? {}).find((one) => one.name.replace(/:0$/, '') === name);
  const shape = tensor.shape ?? entry?.tensorShape?.dim?.map((dim) => Number(dim.size));
  return { name, type: tensor.dtype ?? 'float32', shape: shape ?? null };
}

/** Graph and shards from the package's folder; nothing is ever fetched. */
const fromDisk = (file: string): io.IOHandler => ({
  load: async () => {
    const { modelTopology, weightsManifest, ...rest } = await readTfjsGraph(file);
    const shards = await Promise.all(
      weightsManifest.flatMap((group) => group.paths.map((path) => readFile(join(dirname(file), path)))),
    );
    const bytes = Buffer.concat(shards);
    return {
      ...rest,
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights) as io.WeightsManifestEntry[],
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    };
  },
});
