import type { ModelContract } from '../../../src/ops/model/contract.js';
import { encodeOnnx, type Initializer, type Node, type Value } from './onnx-writer.js';

type Input = Pick<ModelContract['input'], 'type' | 'layout' | 'height' | 'width'>;

export interface Shape extends Input {
  readonly batch?: number | string;
  readonly inputName?: string;
  readonly outputName?: string;
}

const inputOf = ({ type, layout, height, width, batch = 'batch', inputName = 'pixels' }: Shape): Value => ({
  name: inputName,
  type,
  shape: layout === 'NHWC' ? [batch, height, width, 3] : [batch, 3, height, width],
});

const flat = (shape: Shape): Node[] => [
  { op: 'Cast', inputs: [shape.inputName ?? 'pixels'], outputs: ['floats'], attributes: { to: 1 } },
  { op: 'Flatten', inputs: ['floats'], outputs: ['flat'], attributes: { axis: 1 } },
];

/** Shows its input: output n is input value n, in the network's own layout. */
export function identityNetwork(shape: Shape): Buffer {
  const values = shape.height * shape.width * 3;
  const output = shape.outputName ?? 'values';
  return encodeOnnx({
    inputs: [inputOf(shape)],
    outputs: [{ name: output, type: 'float32', shape: [shape.batch ?? 'batch', values] }],
    nodes: [...flat(shape), { op: 'Identity', inputs: ['flat'], outputs: [output] }],
  });
}

export interface LinearOptions extends Shape {
  readonly classes: number;
  readonly softmax: boolean;
  /** Gives `flat` (all values) as a second output. */
  readonly embedding?: boolean;
  /** Added to every logit. */
  readonly bias?: number;
}

/** Linear classifier with fixed pseudo-random weights, small enough for logits of a few units. */
export function linearNetwork(options: LinearOptions): Buffer {
  const { classes, softmax, embedding = false, bias = 0 } = options;
  const values = options.height * options.width * 3;
  const output = options.outputName ?? 'scores';
  const batch = options.batch ?? 'batch';
  const weights = Float32Array.from(
    { length: values * classes },
    (_, i) => ((Math.imul(i + 1, 2_654_435_761) >>> 8) / 2 ** 24 - 0.5) / 100,
  );
  const initializers: Initializer[] = [
    { name: 'weights', shape: [values, classes], data: weights },
    { name: 'bias', shape: [1], data: Float32Array.of(bias) },
  ];
  const nodes: Node[] = [
    ...flat(options),
    { op: 'MatMul', inputs: ['flat', 'weights'], outputs: ['product'] },
    { op: 'Add', inputs: ['product', 'bias'], outputs: [softmax ? 'logits' : output] },
  ];
  if (softmax) nodes.push({ op: 'Softmax', inputs: ['logits'], outputs: [output], attributes: { axis: 1 } });
  if (embedding) nodes.push({ op: 'Identity', inputs: ['flat'], outputs: ['embedding'] });
  const outputs: Value[] = [{ name: output, type: 'float32', shape: [batch, classes] }];
  if (embedding) outputs.push({ name: 'embedding', type: 'float32', shape: [batch, values] });
  return encodeOnnx({ inputs: [inputOf(options)], outputs, nodes, initializers });
}

/** Resizes one NHWC picture as Pillow's bicubic does. */
export function bicubicNetwork(height: number, width: number): Buffer {
  return encodeOnnx({
    inputs: [{ name: 'picture', type: 'uint8', shape: [1, 'height', 'width', 3] }],
    outputs: [{ name: 'resized', type: 'uint8', shape: [1, height, width, 3] }],
    nodes: [
      {
        op: 'Resize',
        inputs: ['picture', '', '', 'sizes'],
        outputs: ['resized'],
        attributes: {
          mode: 'cubic',
          cubic_coeff_a: { float: -0.5 },
          antialias: 1,
          exclude_outside: 1,
          coordinate_transformation_mode: 'half_pixel',
        },
      },
    ],
    initializers: [{ name: 'sizes', shape: [4], data: BigInt64Array.of(1n, BigInt(height), BigInt(width), 3n) }],
  });
}
