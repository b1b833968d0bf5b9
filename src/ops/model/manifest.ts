import { z } from 'zod';
import { ImgdError } from '../../base/errors.js';
import { kernels } from '../options.js';
import { parseFit } from './parse-fit.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hex digits');
const size = z.int().min(1);
const three = z.tuple([z.number(), z.number(), z.number()]);
/** Names become folders and travel in job specs. */
export const packageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be lowercase letters, digits, dots, dashes');
/** A file of the package: relative, with forward slashes, never above the package's folder. */
const relativePath = z
  .string()
  .regex(/^(?![/\\])(?!.*\\)(?!.*:)[^\0]+$/, 'must be relative, with forward slashes')
  .refine((path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), {
    error: 'must stay inside the package',
  });

const file = z.strictObject({ path: relativePath, bytes: z.int().min(0), sha256 });
const variant = z.strictObject({
  /** `int8`, `fp32`, `fp16`, or any other word that tells variants apart. */
  precision: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be a word like int8, fp32 or fp16'),
  engine: z.enum(['onnx', 'tfjs']),
  /** The first is what the engine opens. */
  files: z.array(file).min(1),
});

const input = z
  .strictObject({
    name: z.string().min(1).nullable(),
    type: z.enum(['uint8', 'float32']),
    layout: z.enum(['NHWC', 'NCHW']),
    order: z.enum(['RGB', 'BGR']),
    height: size.max(4096),
    width: size.max(4096),
    /** In the model's channel order: value = (pixel - mean[c]) * scale[c], pixel 0 to 255. */
    mean: three.optional(),
    scale: three.optional(),
  })
  .superRefine((value, context) => {
    for (const field of ['mean', 'scale'] as const) {
      if (value.type === 'float32' && value[field] === undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'is needed for a float32 input: three numbers' });
      if (value.type === 'uint8' && value[field] !== undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'has no meaning for a uint8 input: leave it out' });
    }
  });

const golden = z.strictObject({
  /** Greatest difference of a score, by precision. */
  tolerances: z.record(z.string(), z.number().positive()),
  cases: z.array(
    z.strictObject({
      image: relativePath,
      sha256,
      /** SHA-256 of the exact road's result: RGB NHWC uint8, height × width × 3, before mean, scale and order. */
      pixels: sha256,
      /** By precision: the best class first, then a few more. */
      scores: z.record(z.string(), z.array(z.strictObject({ class: z.int().min(0), score: z.number() })).min(1)),
    }),
  ),
});

export const manifestSchema = z
  .strictObject({
    name: packageName,
    description: z.string().min(1),
    licence: z.string().min(1),
    source: z.string().min(1),
    note: z.string().optional(),
    default: z.string(),
    variants: z.array(variant).min(1),
    input,
    fit: z.string().refine((text) => parseFit(text) !== null, {
      error: 'must be stretch, contain, cover or crop:RATIO (0 < RATIO <= 1)',
    }),
    kernel: z.enum(kernels),
    output: z.strictObject({
      name: z.string().min(1).nullable(),
      kind: z.enum(['probabilities', 'logits']),
      classes: size,
    }),
    embedding: z.strictObject({ name: z.string().min(1), size }).optional(),
    labels: z.strictObject({ path: relativePath, sha256 }),
    golden: golden.optional(),
  })
  .superRefine((value, context) => {
    if (!value.variants.some((one) => one.precision === value.default))
      context.addIssue({
        code: 'custom',
        path: ['default'],
        message: `no variant has the precision '${value.default}'`,
      });
    const keys = value.variants.map((one) => `${one.precision} on ${one.engine}`);
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', path: ['variants'], message: `${twice} is there more than once` });
  });

/** `model.json`: what a model package says of itself. */
export type Manifest = z.infer<typeof manifestSchema>;
export type Variant = Manifest['variants'][number];
export type PackageFile = Variant['files'][number];
export type Golden = NonNullable<Manifest['golden']>;
export type GoldenCase = Golden['cases'][number];

/** One line per problem, each led by the field's place: `input.mean: is needed for a float32 input`. */
export const describeIssues = (error: z.ZodError): string =>
  error.issues
    .map((issue) => {
      const where = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
      return where === '' ? issue.message : `${where.replace(/^\./, '')}: ${issue.message}`;
    })
    .join('; ');

/** Text of a `model.json` to a manifest. Throws `invalid_model` that names `where` and each wrong field. */
export function parseManifest(text: string, where: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ImgdError('invalid_model', `${where} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  throw new ImgdError('invalid_model', `${where}: ${describeIssues(result.error)}`, {
    hint: 'docs/models.md describes every field of model.json',
  });
}
