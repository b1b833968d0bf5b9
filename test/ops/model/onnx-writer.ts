/** Just enough protobuf to write tiny ONNX networks (field numbers of onnx.proto), so that tests need no Python. */

type Bytes = Buffer;

function varint(value: number | bigint): Bytes {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return Buffer.from(out);
}

const int = (field: number, value: number | bigint): Bytes => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field: number, value: Bytes | string): Bytes => {
  const body = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};
const float = (field: number, value: number): Bytes => {
  const body = Buffer.alloc(4);
  body.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), body]);
};
const all = (...parts: readonly Bytes[]): Bytes => Buffer.concat(parts);

const elementTypes = { float32: 1, uint8: 2, int64: 7, float64: 11 } as const;
type ElementType = keyof typeof elementTypes;

export interface Value {
  readonly name: string;
  readonly type: ElementType;
  /** A string is an axis of any size. */
  readonly shape: readonly (number | string)[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers, lists of integers, strings; `{ float }` for floats. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;
}

export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface Network {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Initializer[];
}

const valueInfo = ({ name, type, shape }: Value): Bytes => {
  const dims = shape.map((dim) => bytes(1, typeof dim === 'number' ? int(1, dim) : bytes(2, dim)));
  return all(bytes(1, name), bytes(2, bytes(1, all(int(1, elementTypes[type]), bytes(2, all(...dims))))));
};

const attribute = (name: string, value: NonNullable<Node['attributes']>[string]): Bytes => {
  const head = bytes(1, name);
  if (typeof value === 'number') return all(head, int(3, value), int(20, 2));
  if (typeof value === 'string') return all(head, bytes(4, value), int(20, 3));
  if ('float' in value) return all(head, float(2, value.float), int(20, 1));
  return all(head, ...value.map((one) => int(8, one)), int(20, 7));
};

const node = ({ op, inputs, outputs, attributes = {} }: Node): Bytes =>
  all(
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  );

const tensor = ({ name, shape, data }: Initializer): Bytes =>
  all(
    ...shape.map((dim) => int(1, dim)),
    int(2, data instanceof Float32Array ? elementTypes.float32 : elementTypes.int64),
    bytes(8, name),
    bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );

/** An ONNX file's bytes, opset 18. */
export function encodeOnnx(network: Network): Buffer {
  const graph = all(
    ...network.nodes.map((one) => bytes(1, node(one))),
    bytes(2, 'test'),
    ...(network.initializers ?? []).map((one) => bytes(5, tensor(one))),
    ...network.inputs.map((one) => bytes(11, valueInfo(one))),
    ...network.outputs.map((one) => bytes(12, valueInfo(one))),
  );
  return all(int(1, 8), bytes(7, graph), bytes(8, all(bytes(1, ''), int(2, 18))));
}
