import { planDecode } from '../ops/decode-plan.js';
import type { Header, ImageFormat } from '../ops/header.js';
import type { ModelContract } from '../ops/model/contract.js';
import type { PipelineOptions } from '../ops/options.js';

/**
 * Milliseconds on one core for a megapixel, as measured on photographs of 0.2 to 12 megapixels on one machine of 2024: good
 * for an order of magnitude, which is what a plan needs before anything has run.
 */
const decodeRates: Readonly<Record<ImageFormat, number>> = {
  jpeg: 4.5,
  png: 14,
  webp: 25,
  gif: 18,
  tiff: 9,
  avif: 42,
  bmp: 4,
};
/** JPEGs loaded at a fraction of their sides; progressive ones decode twice as slowly. */
const scaledRate = 2.2;
const progressiveFactor = 2;

/** Hashing, and the work that each file makes whatever it is. */
const perMegabyte = 0.6;
const perFile = 0.3;

/** Resizing, exact or quick, and the bundled model on one core, by precision. */
const resizeMs = { exact: 1.2, quick: 0.4 } as const;
const predictMs: Readonly<Record<string, number>> = { int8: 2.5, fp32: 7 };

export type CostedModel = Pick<ModelContract, 'input' | 'fit' | 'precision'>;

/** Milliseconds of one core for reading and hashing a file that goes no further. */
export const readCost = (bytes: number): number => perFile + (perMegabyte * bytes) / 1e6;

/** Milliseconds of one core from decoding to labels. Other models than the bundled one count as if they were it. */
export function pictureCost(
  header: Header,
  options: Pick<PipelineOptions, 'decode' | 'icc' | 'orient' | 'fit'>,
  { input, fit, precision }: CostedModel,
): number {
  const plan = planDecode(header, { ...options, fit: options.fit ?? fit, target: input });
  const megapixels = (header.storedWidth * header.storedHeight) / 1e6;
  const slow = header.format === 'jpeg' && header.progressive ? progressiveFactor : 1;
  const rate = plan.road === 'sharp-scaled' ? scaledRate : decodeRates[header.format];
  return megapixels * rate * slow + resizeMs[plan.precision] + (predictMs[precision] ?? predictMs.fp32!);
}

/** The same for a common photograph of which only the size is known. */
export function commonCost(pixels: number, model: CostedModel): number {
  const side = Math.max(1, Math.round(Math.sqrt(pixels)));
  return pictureCost({ ...commonJpeg, storedWidth: side, storedHeight: side }, autoRoad, model);
}

const autoRoad = { decode: 'auto', icc: 'apply', orient: true, fit: null } as const;

const commonJpeg: Omit<Header, 'storedWidth' | 'storedHeight'> = {
  format: 'jpeg',
  bands: 3,
  hasAlpha: false,
  depth: 8,
  space: 'srgb',
  orientation: 1,
  profile: 'none',
  frames: 1,
  progressive: false,
  wholeJpeg: true,
  bytes: 0,
};
