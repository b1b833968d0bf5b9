import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ImgdError } from '../../base/errors.js';
import { kernels } from '../options.js';
import { bundledModels } from './find-model.js';
import { describeIssues, manifestSchema } from './manifest.js';
import { parseFit } from './parse-fit.js';

const three = z.tuple([z.number(), z.number(), z.number()]);

const template = z.strictObject({
  description: z.string(),
  order: z.enum(['RGB', 'BGR']),
  mean: three,
  scale: three,
  fit: z.string().refine((text) => parseFit(text) !== null),
  kernel: z.enum(kernels),
});

const entry = z.strictObject({
  /** The complete `model.json`; `pull` keeps the variants that are on disk. Labels are the bundled model's. */
  model: manifestSchema,
  /** File of the package to its path under the catalog's `source` or a mirror. */
  remote: z.record(z.string(), z.string()),
  /** Published top-1 on ImageNet's validation set, per cent, by precision. */
  top1: z.record(z.string(), z.number()),
});

const catalogSchema = z
  .strictObject({
    source: z.url(),
    packages: z.array(entry),
    /** How families of networks want their pixels, for `models init --like`. */
    templates: z.record(z.string(), template),
  })
  .superRefine(({ packages }, context) => {
    for (const [i, { model, remote }] of packages.entries())
      for (const file of model.variants.flatMap((one) => one.files))
        if (remote[file.path] === undefined)
          context.addIssue({
            code: 'custom',
            path: ['packages', i, 'remote'],
            message: `has no path for ${file.path}`,
          });
  });

/** `models/catalog.json`: the packages that can be pulled and the templates for a user's own networks. */
export type Catalog = z.infer<typeof catalogSchema>;
export type CatalogEntry = Catalog['packages'][number];
export type Template = Catalog['templates'][string];

/** Reads the program's own catalog. Throws `invalid_model` where it is damaged. */
export async function readCatalog(path = join(bundledModels(), 'catalog.json')): Promise<Catalog> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ImgdError('not_found', `the catalog is missing: ${path}`, { hint: 'install imgd again', cause });
  });
  const result = catalogSchema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  throw new ImgdError('invalid_model', `${path}: ${describeIssues(result.error)}`);
}

/** Throws `not_found` with the names that there are. */
export function catalogEntry(catalog: Catalog, name: string): CatalogEntry {
  const found = catalog.packages.find((one) => one.model.name === name);
  if (found !== undefined) return found;
  const names = catalog.packages.map((one) => one.model.name).join(', ');
  throw new ImgdError('not_found', `the catalog has no model '${name}'`, { hint: `it has ${names}` });
}
