import { readFile } from 'node:fs/promises';
import { ImgdError } from '../base/errors.js';
import { decode } from './decode.js';
import { planDecode } from './decode-plan.js';
import type { ModelContract } from './model/contract.js';
import { defaultPipeline } from './options.js';
import { probe } from './probe.js';
import { fitInto } from './resample/fit-into.js';
import { createResampler } from './resample/resampler.js';
import { isFailure } from './row.js';

/**
 * The exact road from a file to the model's input: uint8 RGB, height × width × 3, with the contract's fit and kernel,
 * profile applied, upright. For golden vectors, so a picture that can't be read ends the command.
 */
export const exactPixels = async (
  path: string,
  { fit, kernel, input }: Pick<ModelContract, 'fit' | 'kernel' | 'input'>,
): Promise<Uint8Array> => {
  const options = { ...defaultPipeline, decode: 'exact' } as const;
  const bytes = await readFile(path).catch((error: unknown) => {
    throw ImgdError.from(error);
  });
  const header = await probe(bytes, options);
  if (isFailure(header)) throw new ImgdError('usage', `${path}: ${header.message}`);
  const plan = planDecode(header, { ...options, fit, target: input });
  const raster = await decode(bytes, header, plan, options);
  if (isFailure(raster)) throw new ImgdError('usage', `${path}: ${raster.message}`);
  const pixels = new Uint8Array(input.width * input.height * 3);
  fitInto(createResampler(), raster, { fit, kernel, precision: 'exact', target: input }, pixels, 0);
  return pixels;
};
