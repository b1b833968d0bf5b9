import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ImgdError } from '../../base/errors.js';

/** TensorFlow.js' own `model.json` of a graph model, as far as it is read here. */
export interface TfjsGraph {
  readonly modelTopology: object;
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
  readonly [field: string]: unknown;
}

/** Reads a graph file. Throws `invalid_model` for anything but a graph model with plain shard names beside it. */
export async function readTfjsGraph(file: string): Promise<TfjsGraph> {
  const graph = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Partial<TfjsGraph>)
    .catch((cause: Error) => {
      throw new ImgdError('invalid_model', `${file} is not readable as JSON: ${cause.message}`, { cause });
    });
  const groups = graph?.weightsManifest;
  const plain = (path: unknown) => typeof path === 'string' && /^(?!\.)[^/\\:\0]+$/.test(path);
  if (typeof graph?.modelTopology !== 'object' || !Array.isArray(groups) || !groups.every((g) => g.paths?.every(plain)))
    throw new ImgdError('invalid_model', `${file} is not a TensorFlow.js graph model with its shards beside it`, {
      hint: 'convert with tensorflowjs_converter --output_format=tfjs_graph_model',
    });
  return graph as TfjsGraph;
}

/** Paths, relative to the package, of the weight shards of the graph file at `path`. */
export async function shardPaths(root: string, path: string): Promise<string[]> {
  const graph = await readTfjsGraph(join(root, path));
  return graph.weightsManifest.flatMap((group) => group.paths.map((shard) => posix.join(posix.dirname(path), shard)));
}
