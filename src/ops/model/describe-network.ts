import { ImgdError } from '../../base/errors.js';
import type { Kernel } from '../options.js';
import type { Template } from './catalog.js';
import type { Manifest } from './manifest.js';
import type { Signature, TensorInfo } from './signature.js';

type Three = [number, number, number];

/** What a person says of a network; undefined: not said. */
export interface Choices {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly embedding?: string | undefined;
  readonly layout?: 'NHWC' | 'NCHW' | undefined;
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  readonly order?: 'RGB' | 'BGR' | undefined;
  readonly mean?: Three | undefined;
  readonly scale?: Three | undefined;
  readonly fit?: string | undefined;
  readonly kernel?: Kernel | undefined;
  readonly kind?: 'probabilities' | 'logits' | undefined;
}

/** The parts of a manifest that a network's signature and the choices give; `kind` null: a trial run must tell. */
export interface Described {
  readonly input: Manifest['input'] & { readonly name: string };
  readonly fit: string;
  readonly kernel: Kernel;
  readonly output: {
    readonly name: string;
    readonly kind: 'probabilities' | 'logits' | null;
    readonly classes: number;
  };
  readonly embedding: { readonly name: string; readonly size: number } | undefined;
  /** What was assumed, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads everything that the signature says and takes the rest from the choices, then from the template. Throws `usage`
 * that lists all that can't be known with the options to give, `invalid_model` for what is no image classifier.
 */
export function describeNetwork(
  signature: Signature,
  choices: Choices,
  template: Template | undefined,
  labels: number,
): Described {
  const questions: string[] = [];
  const notes: string[] = [];
  const input = pick('input', signature.inputs, choices.input, questions);
  const outputs = signature.outputs.filter((one) => one.name !== choices.embedding);
  const output = pick('output', outputs, choices.output, questions);
  const embedding = choices.embedding && pick('embedding', signature.outputs, choices.embedding, questions);
  if (input === undefined || output === undefined) throw unknown(questions);

  if (input.type !== 'uint8' && input.type !== 'float32')
    throw noClassifier(`its input '${input.name}' is ${input.type}, only uint8 and float32 can be used`);
  if (output.type !== 'float32') throw noClassifier(`its output '${output.name}' is ${output.type}, not float32`);
  const plane = readShape(input, choices, questions);
  const colours = readColours(input.type, choices, template, questions, notes);
  const classes = sizeOf(output) ?? labels;
  const embeddingSize = embedding ? sizeOf(embedding) : undefined;
  if (embedding && embeddingSize === undefined)
    throw noClassifier(`the size of its embedding '${embedding.name}' is not fixed`);
  if (plane === undefined || colours === undefined || questions.length > 0) throw unknown(questions);

  const fit = choices.fit ?? template?.fit ?? 'crop:0.875';
  const kernel = choices.kernel ?? template?.kernel ?? 'bicubic';
  if (template === undefined && (choices.fit === undefined || choices.kernel === undefined))
    notes.push(`fit ${fit} and kernel ${kernel} are assumed where not given: --fit, --kernel`);
  return {
    input: { name: input.name, type: input.type, ...plane, ...colours },
    fit,
    kernel,
    output: { name: output.name, kind: choices.kind ?? null, classes },
    embedding: embedding ? { name: embedding.name, size: embeddingSize! } : undefined,
    notes,
  };
}

function pick(
  kind: 'input' | 'output' | 'embedding',
  all: readonly TensorInfo[],
  name: string | undefined,
  questions: string[],
): TensorInfo | undefined {
  const found = name === undefined && all.length === 1 ? all[0] : all.find((one) => one.name === name);
  const names = all.map((one) => one.name).join(', ');
  if (found === undefined) questions.push(`which ${kind} to use: --${kind} NAME, one of ${names}`);
  return found;
}

function readShape(input: TensorInfo, choices: Choices, questions: string[]) {
  const shape = input.shape ?? ['batch', 'any', 'any', 'any'];
  if (shape.length !== 4)
    throw noClassifier(`its input '${input.name}' has the shape [${shape.join(', ')}], not four axes`);
  const last = shape[3] === 3;
  const first = shape[1] === 3;
  const layout = choices.layout ?? (first === last ? undefined : first ? 'NCHW' : 'NHWC');
  if (layout === undefined) {
    questions.push(`where the channels are in [${shape.join(', ')}]: --layout NCHW|NHWC`);
    return undefined;
  }
  const [height, width] = layout === 'NHWC' ? [shape[1], shape[2]] : [shape[2], shape[3]];
  const fixed = { height: positive(height) ?? choices.size?.height, width: positive(width) ?? choices.size?.width };
  if (fixed.height === undefined || fixed.width === undefined) {
    questions.push('the size of the input, which the network leaves open: --size 224 or --size HEIGHTxWIDTH');
    return undefined;
  }
  return { layout, height: fixed.height, width: fixed.width };
}

function readColours(
  type: 'uint8' | 'float32',
  choices: Choices,
  template: Template | undefined,
  questions: string[],
  notes: string[],
) {
  const order = choices.order ?? template?.order;
  if (type === 'uint8') {
    if (choices.mean !== undefined || choices.scale !== undefined)
      throw new ImgdError('usage', 'the network takes uint8 pixels: --mean and --scale have no meaning for it');
    if (order === undefined) notes.push('the order RGB is assumed: --order BGR otherwise');
    return { order: order ?? 'RGB' };
  }
  const mean = choices.mean ?? template?.mean;
  const scale = choices.scale ?? template?.scale;
  if (order !== undefined && mean !== undefined && scale !== undefined) return { order, mean, scale };
  const options = [
    order === undefined ? '--order RGB|BGR' : '',
    mean === undefined ? '--mean A,B,C' : '',
    scale === undefined ? '--scale A,B,C' : '',
  ].filter((option) => option !== '');
  questions.push(
    `how pixels of 0 to 255 become its float input: --like TEMPLATE (\`imgctl models list --templates\`), or ${options.join(' ')} with value = (pixel - mean) * scale in the network's channel order`,
  );
  return undefined;
}

/** Product of an output's axes after the batch; undefined where one is open. */
function sizeOf({ shape }: TensorInfo): number | undefined {
  const inner = shape?.slice(1) ?? [];
  if (inner.length === 0 || inner.some((n) => positive(n) === undefined)) return undefined;
  return inner.reduce((product: number, n) => product * Number(n), 1);
}

const positive = (n: number | string | undefined): number | undefined =>
  typeof n === 'number' && n > 0 ? n : undefined;

const unknown = (questions: readonly string[]) =>
  new ImgdError('usage', `the file does not say ${questions.join('; nor ')}`, {
    hint: 'give these options and run the command again',
  });

const noClassifier = (why: string) => new ImgdError('invalid_model', `the network is no image classifier: ${why}`);
