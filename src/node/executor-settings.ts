import type { LoadedModel } from '../ops/model/load-model.js';
import type { PipelineOptions } from '../ops/options.js';
import type { ExecutorSettings } from './executor-messages.js';

/** Images that the engine gets at once: what int8 on one thread likes best (docs/benchmarks.md). */
const batch = 4;
const decodeBudget = 256 * 2 ** 20;

/** An executor's settings but for what a job adds. */
export function executorSettings(
  model: LoadedModel,
  pipeline: PipelineOptions,
  job: Partial<Pick<ExecutorSettings, 'annotateInto' | 'quarantined'>> = {},
): ExecutorSettings {
  return { model, pipeline, annotateInto: null, decodeBudget, batch, quarantined: [], decoder: null, ...job };
}
