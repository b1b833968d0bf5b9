import type { InferenceSession } from 'onnxruntime-node';
import { ImgdError } from '../base/errors.js';
import type { Engine } from './engine.js';
import { batchPredictor } from './model/batches.js';
import type { ModelContract } from './model/contract.js';
import { resolveSignature, type Signature } from './model/signature.js';
import type { EngineOptions } from './open-engine.js';

/**
 * One thread that never spins: parallelism comes from executors, and an idle executor must leave the core to the others.
 * `extra` holds session configuration entries of onnxruntime_session_options_config_keys.h.
 */
const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/**
 * Opens a network with ONNX Runtime and holds it against the contract. Throws `invalid_model` for a file that is no
 * network or another one than the contract says.
 */
export async function openOnnxEngine(contract: ModelContract, options: EngineOptions = {}): Promise<Engine> {
  const ort = await import('onnxruntime-node');
  const session = await openSession(contract.file);
  try {
    const { contract: own, batch } = resolveSignature(contract, signatureOf(session), {
      uint8: 'uint8',
      float32: 'float32',
    });
    const embeddingName = options.embedding === false ? undefined : own.embedding?.name;
    const fetches = embeddingName === undefined ? [own.output.name] : [own.output.name, embeddingName];
    const { height, width, layout, type } = own.input;
    const shape = layout === 'NHWC' ? [height, width, 3] : [3, height, width];
    const predict = batchPredictor(own, batch, async (values, count) => {
      const results = await session.run({ [own.input.name]: new ort.Tensor(type, values, [count, ...shape]) }, fetches);
      const floats = (name: string) => results[name]!.data as Float32Array;
      return {
        output: floats(own.output.name),
        embedding: embeddingName === undefined ? null : floats(embeddingName),
      };
    });
    return {
      contract: own,
      name: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`,
      predict,
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** A session with the options of every engine. Throws `invalid_model` with ONNX Runtime's own words. */
export async function openSession(file: string): Promise<InferenceSession> {
  const ort = await import('onnxruntime-node');
  try {
    return await ort.InferenceSession.create(file, sessionOptions);
  } catch (cause) {
    throw new ImgdError('invalid_model', `ONNX Runtime can't open ${file}: ${(cause as Error).message}`, {
      hint: 'check that the file is an ONNX network (and that its external data lies beside it)',
      cause,
    });
  }
}

/** Names, types and shapes of a session's tensors; sequences and maps have the type `not a tensor`. */
export function signatureOf(session: InferenceSession): Signature {
  const describe = (value: InferenceSession.ValueMetadata) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape.length === 0 ? null : value.shape }
      : { name: value.name, type: 'not a tensor', shape: null };
  return { inputs: session.inputMetadata.map(describe), outputs: session.outputMetadata.map(describe) };
}
