import { decodeBmp } from './decode-bmp.js';
import { decodeWithNapi } from './decode-napi.js';
import type { Decoded, DecodeOptions } from './decode-options.js';
import { type DecodePlan, displayedSize } from './decode-plan.js';
import { decodeWithSharp } from './decode-sharp.js';
import type { Header } from './header.js';
import type { Raster } from './raster.js';
import { type Failure, isFailure, type Provenance } from './row.js';

export type { DecodeOptions } from './decode-options.js';

const profileOf = (header: Header, { icc }: DecodeOptions): Provenance['profile'] => {
  if (header.profile !== 'other') return header.profile;
  return icc === 'apply' ? 'applied' : 'ignored';
};

const alphaOf = (header: Header, { background }: DecodeOptions): Provenance['alpha'] => {
  if (!header.hasAlpha) return 'none';
  return background === null ? 'dropped' : 'flattened';
};

const travel = async (
  bytes: Buffer,
  header: Header,
  plan: DecodePlan,
  options: DecodeOptions,
): Promise<Decoded | Failure> => {
  switch (plan.road) {
    case 'bmp':
      return decodeBmp(bytes, options.background);
    case 'sharp-full':
      return decodeWithSharp(bytes, header, options);
    case 'sharp-scaled':
      return decodeWithSharp(bytes, header, options, plan);
    case 'napi':
      return (await decodeWithNapi(bytes, header)) ?? decodeWithSharp(bytes, header, options);
  }
};

/**
 * Decodes along the planned road to 8-bit sRGB RGB: profile applied or ignored, alpha flattened on the background or
 * dropped, turned upright when `orient`, first frame only. What is wrong with the picture is a Failure; never throws for
 * the picture's sake. A picture that the napi road can't take goes to sharp.
 */
export const decode = async (
  bytes: Buffer,
  header: Header,
  plan: DecodePlan,
  options: DecodeOptions,
): Promise<Raster | Failure> => {
  const decoded = await travel(bytes, header, plan, options);
  if (isFailure(decoded)) return decoded;
  const { width, height } = decoded;
  const scaled = plan.road === 'sharp-scaled';
  const full = scaled ? displayedSize(header, options.orient) : decoded;
  return {
    data: decoded.data,
    width,
    height,
    fullWidth: full.width,
    fullHeight: full.height,
    provenance: {
      space: header.space,
      depth: header.depth,
      profile: profileOf(header, options),
      orientation: header.orientation,
      oriented: options.orient && header.orientation > 1,
      alpha: alphaOf(header, options),
      fraction_decoded: scaled ? 1 / plan.factor ** 2 : 1,
      frames: header.frames,
    },
  };
};
