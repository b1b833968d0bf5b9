/** ONNX Runtime's own Resize operator, in a model of one node, written with the few protobuf fields that it takes. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Picture } from './resample-oracle.js';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string) => bytes(field, [...Buffer.from(value)]);
const float = (field: number, value: number) => [
  ...varint(field * 8 + 5),
  ...Buffer.from(Float32Array.of(value).buffer),
];

// field numbers of onnx.proto: AttributeProto name 1, f 2, i 3, s 4, type 20; ValueInfoProto name 1, type 2
const attribute = (name: string, value: readonly number[], type: number) =>
  bytes(5, [...text(1, name), ...value, ...number(20, type)]);
const value = (name: string, type: number, dimensions: readonly (string | number)[]) => {
  const shape = dimensions.flatMap((d) => bytes(1, typeof d === 'string' ? text(2, d) : number(1, d)));
  return [...text(1, name), ...bytes(2, bytes(1, [...number(1, type), ...bytes(2, shape)]))];
};

const uint8 = 2;
const int64 = 7;

function model(mode: 'cubic' | 'linear'): Uint8Array {
  const node = [
    ...['x', '', '', 'sizes'].flatMap((name) => text(1, name)),
    ...text(2, 'y'),
    ...text(4, 'Resize'),
    ...attribute('mode', text(4, mode), 3),
    ...attribute('antialias', number(3, 1), 2),
    ...attribute('exclude_outside', number(3, 1), 2),
    ...attribute('coordinate_transformation_mode', text(4, 'half_pixel'), 3),
    ...(mode === 'cubic' ? attribute('cubic_coeff_a', float(2, -0.5), 1) : []),
  ];
  const graph = [
    ...bytes(1, node),
    ...text(2, 'resize'),
    ...bytes(11, value('x', uint8, [1, 'h', 'w', 3])),
    ...bytes(11, value('sizes', int64, [4])),
    ...bytes(12, value('y', uint8, [1, 'a', 'b', 3])),
  ];
  return Uint8Array.from([...number(1, 8), ...bytes(7, graph), ...bytes(8, number(2, 18))]);
}

export async function onnxResize(source: Picture, width: number, height: number, mode: 'cubic' | 'linear') {
  const session = await InferenceSession.create(model(mode), { intraOpNumThreads: 1 });
  const x = new Tensor('uint8', source.data, [1, source.height, source.width, 3]);
  const sizes = new Tensor('int64', BigInt64Array.from([1n, BigInt(height), BigInt(width), 3n]), [4]);
  const { y } = await session.run({ x, sizes });
  await session.release();
  return y?.data as Uint8Array;
}
