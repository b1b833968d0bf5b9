import type { Engine } from './engine.js';
import type { ModelContract } from './model/contract.js';

export interface EngineOptions {
  /** False: an embedding output is not fetched. Default: it is, where the contract has one. */
  readonly embedding?: boolean;
}

/**
 * Opens what runs the contract's file. Each runtime is imported only when a model needs it. Throws `invalid_model` where
 * the network isn't what the contract says.
 */
export async function openEngine(contract: ModelContract, options: EngineOptions = {}): Promise<Engine> {
  if (contract.engine === 'onnx') return (await import('./engine-onnx.js')).openOnnxEngine(contract, options);
  return (await import('./engine-tfjs.js')).openTfjsEngine(contract, options);
}
