import { ImgdError } from '../../base/errors.js';
import type { ModelContract } from './contract.js';

/** A tensor as an opened network describes it. Shape null: unknown; a string or a negative number: any size. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[] | null;
}

export interface Signature {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export interface Resolved {
  /** The contract with its input's and output's names filled in. */
  readonly contract: ModelContract & {
    readonly input: { readonly name: string };
    readonly output: { readonly name: string };
  };
  /** The only batch size that the network takes; null for any. */
  readonly batch: number | null;
}

/**
 * Holds an opened network against its contract. Throws `invalid_model` that says what differs. `types` are the runtime's
 * words for the contract's input types.
 */
export function resolveSignature(
  contract: ModelContract,
  signature: Signature,
  types: Readonly<Record<'uint8' | 'float32', string>>,
): Resolved {
  const fail = (what: string): never => {
    throw new ImgdError('invalid_model', `${contract.name} (${contract.precision}): ${what}`, {
      hint: `correct model.json, or use the network that it was written for: ${contract.file}`,
    });
  };
  const pick = (kind: 'input' | 'output', all: readonly TensorInfo[], name: string | null): TensorInfo => {
    const names = all.map((one) => `'${one.name}'`).join(', ');
    if (name === null && all.length === 1) return all[0]!;
    if (name === null) return fail(`${kind}.name must be given: the network has ${all.length} ${kind}s: ${names}`);
    return all.find((one) => one.name === name) ?? fail(`the network has no ${kind} '${name}', it has ${names}`);
  };

  const input = pick('input', signature.inputs, contract.input.name);
  const extra = signature.inputs.find((one) => one !== input);
  if (extra !== undefined) fail(`the network needs a second input '${extra.name}': only image classifiers can be used`);
  const { height, width, layout, type } = contract.input;
  if (input.type !== types[type]) fail(`input '${input.name}' is ${input.type}, model.json says ${types[type]}`);
  const expected = layout === 'NHWC' ? [height, width, 3] : [3, height, width];
  const same = (shape: readonly (number | string)[]) =>
    shape.length === 4 && expected.every((n, i) => !isFixed(shape[i + 1]) || shape[i + 1] === n);
  if (input.shape !== null && !same(input.shape))
    fail(
      `input '${input.name}' has the shape ${text(input.shape)}, model.json says ${text(['batch', ...expected])} (${layout})`,
    );

  const check = (kind: 'output' | 'embedding', found: TensorInfo, size: number) => {
    if (found.type !== 'float32') fail(`${kind} '${found.name}' is ${found.type}, only float32 can be used`);
    const inner = found.shape?.slice(1) ?? [];
    if (inner.length === 0 || !inner.every(isFixed)) return; // the first run will tell
    if (inner.reduce((product: number, n) => product * Number(n), 1) !== size)
      fail(
        `${kind} '${found.name}' has the shape ${text(found.shape!)}, model.json says ${size} values for each image`,
      );
  };
  const embedding = contract.embedding;
  const others = signature.outputs.filter((one) => one.name !== embedding?.name);
  const output = pick('output', contract.output.name === null ? others : signature.outputs, contract.output.name);
  check('output', output, contract.output.classes);
  if (embedding !== null) check('embedding', pick('output', signature.outputs, embedding.name), embedding.size);

  const batch = input.shape?.[0];
  return {
    contract: {
      ...contract,
      input: { ...contract.input, name: input.name },
      output: { ...contract.output, name: output.name },
    },
    batch: isFixed(batch) ? batch : null,
  };
}

const isFixed = (n: number | string | undefined): n is number => typeof n === 'number' && n > 0;

const text = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;
