import type { ModelContract } from './contract.js';

type Input = Pick<ModelContract['input'], 'type' | 'layout' | 'order' | 'height' | 'width' | 'mean' | 'scale'>;

/** Values of `count` pictures in the model's own type, layout and channel order. */
export type Values = Uint8Array | Float32Array;

/**
 * A function that turns RGB NHWC pixels (`count` pictures, one after another) into the model's input. A model that takes
 * uint8 RGB NHWC gets the pixels themselves, without a copy; any other result is a new array.
 */
export function preprocessor(input: Input): (pixels: Uint8Array, count: number) => Values {
  const area = input.height * input.width;
  const reversed = input.order === 'BGR';
  if (input.type === 'uint8') {
    if (input.layout === 'NHWC' && !reversed) return (pixels, count) => pixels.subarray(0, count * area * 3);
    return (pixels, count) => arrange(pixels, new Uint8Array(count * area * 3), count, area, input, identity);
  }
  const tables = [0, 1, 2].map((c) => lookup(input.mean[c]!, input.scale[c]!));
  return (pixels, count) => arrange(pixels, new Float32Array(count * area * 3), count, area, input, tables);
}

const identity = [0, 1, 2].map(() => Uint8Array.from({ length: 256 }, (_, pixel) => pixel));

/** All 256 values of a channel, computed once: (pixel - mean) * scale in double precision, rounded to float once. */
const lookup = (mean: number, scale: number): Float32Array =>
  Float32Array.from({ length: 256 }, (_, pixel) => (pixel - mean) * scale);

/** Model channel c is RGB channel c, or 2 - c for BGR; `tables[c]` belongs to the model's channel. */
function arrange<T extends Values>(
  pixels: Uint8Array,
  out: T,
  count: number,
  area: number,
  input: Input,
  tables: readonly Values[],
): T {
  const [t0, t1, t2] = tables as [Values, Values, Values];
  const [c0, c2] = input.order === 'BGR' ? [2, 0] : [0, 2];
  const planar = input.layout === 'NCHW';
  const step = planar ? 1 : 3;
  const plane = planar ? area : 1;
  for (let image = 0; image < count; image++) {
    let from = image * area * 3;
    let to = from;
    for (let i = 0; i < area; i++) {
      out[to] = t0[pixels[from + c0]!]!;
      out[to + plane] = t1[pixels[from + 1]!]!;
      out[to + 2 * plane] = t2[pixels[from + c2]!]!;
      from += 3;
      to += step;
    }
  }
  return out;
}
