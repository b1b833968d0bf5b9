import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { createExecutorPool } from '../node/executor-pool.js';
import { executorSettings } from '../node/executor-settings.js';
import { versions } from '../node/versions.js';
import { defaultModel, findModel } from '../ops/model/find-model.js';
import { loadModel } from '../ops/model/load-model.js';
import { defaultPipeline } from '../ops/options.js';
import { parseCount } from './parse-values.js';
import { prepareCommand } from './prepare-command.js';
import { write } from './terminal.js';

interface CheckFlags {
  readonly model: string;
  readonly precision?: string;
  readonly engine?: 'onnx' | 'tfjs';
  readonly executors: number;
  readonly json: boolean;
}

/** `imgd`: what a machine does as a node. So far it can be asked whether it is fit to be one. */
export function createDaemonProgram(): Command {
  const program = new Command('imgd')
    .description('The node side of imgd: is this machine fit to classify pictures?')
    .version(versions.imgd ?? '')
    .addCommand(checkCommand());
  prepareCommand(program);
  return program;
}

/** Throws ImgdError where the model or an executor is not ready. */
function checkCommand(): Command {
  return new Command('check')
    .description('load the model in every executor, reproduce its golden vectors, and say how long that took')
    .option('--model <name>', 'bundled or pulled model, or the path of a package', defaultModel)
    .option('--precision <precision>', "int8, fp32 … (default: the package's own)")
    .option('--engine <engine>', 'onnx or tfjs')
    .option('--executors <count>', 'processes that decode and predict', parseCount(1), availableParallelism())
    .option('--json', 'one JSON object on standard output', false)
    .action(async ({ model: name, precision, engine, executors, json }: CheckFlags) => {
      const begin = performance.now();
      const model = await loadModel(findModel(name), { precision, engine, verify: true });
      const pool = createExecutorPool({ executors, settings: executorSettings(model, defaultPipeline) });
      try {
        const engineName = await pool.ready;
        const readyMs = Math.round(performance.now() - begin);
        const found = {
          ready: true,
          model: model.name,
          precision: model.precision,
          engine: engineName,
          readyMs,
          versions,
        };
        const text = `ready after ${readyMs} ms: ${model.name} ${model.precision} on ${engineName}, golden vectors reproduced\n`;
        await write(process.stdout, json ? `${JSON.stringify(found)}\n` : text);
      } finally {
        pool.close();
      }
    });
}
