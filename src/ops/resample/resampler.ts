import type { Kernel } from '../options.js';
import type { Box } from '../raster.js';
import { type Band, cutBands } from './bands.js';
import type { CoefficientTable, Precision } from './coefficient-table.js';
import { createMemory, instantiateKernel } from './kernel.js';
import { resizeNearest } from './nearest.js';
import { createTableCache } from './table-cache.js';

export type { Precision } from './coefficient-table.js';

/** 8-bit RGB, row-major, no padding. */
export interface RgbPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels?: 3;
}

/** Where the result goes: `out` from byte `offset`, rows `stride` bytes apart. */
export interface PixelTarget {
  readonly out: Uint8Array;
  readonly offset: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

export interface Resampler {
  /**
   * Resizes a box of `source` as Pillow's `crop(box).resize(...)`: no pixel outside the box is seen. A box with fractions
   * (a crop in a picture loaded at a part of its size) sees every pixel that it touches. Horizontal pass first, 8 bits
   * between the passes. Writes target.width × target.height × 3 bytes of RGB to `out` from `offset`; `stride` is the
   * distance of its rows in bytes, by default without gaps. Synchronous, not re-entrant; at most 64 MiB of its own memory.
   * Throws RangeError for an empty box, a box outside the picture, or sides above 65,535.
   */
  resize(
    source: RgbPixels,
    box: Box,
    target: { readonly width: number; readonly height: number },
    kernel: Kernel,
    precision: Precision,
    out: Uint8Array,
    offset: number,
    stride?: number,
  ): void;
}

/** JPEG's own limit. Tables for wider pictures would outgrow the memory. */
export const maxSide = 65_535;

const page = 65_536;
const maxPages = 1024;
/** Rows between the passes, and finished rows, that are held at once. */
const middleBytes = 24 * 2 ** 20;
const outputBytes = 4 * 2 ** 20;
/** Source rows are copied in by strips that stay in the processor's cache. */
const stripBytes = 256 * 1024;
/** The kernel loads 16 bytes at a time: this much behind each region may be read. */
const slack = 64;

const align = (bytes: number): number => (bytes + 15) & ~15;

/** Whole pixels that the box touches, and where the box lies within them. */
interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What floating point adds to a whole number is no pixel. */
const touch = 1e-6;

const windowOf = (source: RgbPixels, box: Box): Window => {
  const left = Math.floor(box.left + touch);
  const top = Math.floor(box.top + touch);
  const right = Math.ceil(box.left + box.width - touch);
  const bottom = Math.ceil(box.top + box.height - touch);
  const window = { left, top, width: right - left, height: bottom - top };
  const inside = left >= 0 && top >= 0 && left + window.width <= source.width && top + window.height <= source.height;
  if (!(box.width > 0 && box.height > 0 && inside)) throw new RangeError('box outside the picture');
  if (window.width > maxSide || window.height > maxSide) throw new RangeError(`side above ${maxSide}`);
  if (source.data.length < source.width * source.height * 3)
    throw new RangeError('fewer bytes than width × height × 3');
  return window;
};

/** A resampler with its own memory and tables; one a thread is enough. */
export const createResampler = (): Resampler => {
  const memory = createMemory(32, maxPages);
  const wasm = instantiateKernel(memory);
  const tableOf = createTableCache();
  let bytes = new Uint8Array(memory.buffer);

  /** Hands out aligned regions from the start of the memory, which grows as needed. */
  const layout = () => {
    let next = 64;
    return (length: number): number => {
      const at = next;
      next = align(at + length + slack);
      if (next > bytes.length) {
        memory.grow(Math.ceil((next - bytes.length) / page));
        bytes = new Uint8Array(memory.buffer);
      }
      return at;
    };
  };

  const put = (values: Int16Array | Int32Array, at: number): void => {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
  };

  /** One band of rows of one block of columns (`from` to `to`) of the target. */
  const resizeBand = (
    source: RgbPixels,
    window: Window,
    [across, down]: readonly [CoefficientTable, CoefficientTable],
    { from, to }: { readonly from: number; readonly to: number },
    band: Band,
    precision: Precision,
    target: PixelTarget,
  ): void => {
    const width = to - from;
    const height = band.to - band.from;
    const stride = align(width * 3);
    const sourceStride = source.width * 3;
    const rows = band.last - band.first;
    const stripRows = Math.min(rows, Math.max(1, Math.floor(stripBytes / sourceStride)));

    const region = layout();
    const acrossLimbs = region(width * across.stride * 2);
    const acrossStarts = region(width * 4);
    const downLimbs = region(height * down.stride * 2);
    const downStarts = region(height * 4);
    const middle = region((rows + down.taps) * stride);
    const result = region(height * stride);
    const strip = region(stripRows * sourceStride + across.taps * 3);

    put(across.limbs.subarray(from * across.stride, to * across.stride), acrossLimbs);
    put(
      across.starts.subarray(from, to).map((start) => start * 3),
      acrossStarts,
    );
    put(down.limbs.subarray(band.from * down.stride, band.to * down.stride), downLimbs);
    put(
      down.starts.subarray(band.from, band.to).map((start) => (start - band.first) * stride),
      downStarts,
    );

    const horizontal = precision === 'exact' ? wasm.horizontalExact : wasm.horizontalQuick;
    const vertical = precision === 'exact' ? wasm.verticalExact : wasm.verticalQuick;
    for (let row = 0; row < rows; row += stripRows) {
      const count = Math.min(stripRows, rows - row);
      const begin = ((window.top + band.first + row) * source.width + window.left) * 3;
      bytes.set(source.data.subarray(begin, begin + (count - 1) * sourceStride + window.width * 3), strip);
      const into = middle + row * stride;
      horizontal(strip, sourceStride, count, into, stride, width, acrossStarts, acrossLimbs, across.taps, across.shift);
    }
    vertical(middle, stride, result, height, downStarts, downLimbs, down.taps, down.shift);

    const first = target.offset + band.from * target.stride + from * 3;
    if (stride === width * 3 && target.stride === stride) {
      target.out.set(bytes.subarray(result, result + height * stride), first);
      return;
    }
    for (let y = 0; y < height; y++) {
      const at = result + y * stride;
      target.out.set(bytes.subarray(at, at + width * 3), first + y * target.stride);
    }
  };

  return {
    resize(source, box, { width, height }, kernel, precision, out, offset, stride = width * 3) {
      const window = windowOf(source, box);
      const target: PixelTarget = { out, offset, stride, width, height };
      if (kernel === 'nearest') {
        resizeNearest(source, box, target);
        return;
      }
      const left = Math.max(0, box.left - window.left);
      const top = Math.max(0, box.top - window.top);
      const across = tableOf(
        kernel,
        { size: window.width, start: left, end: left + box.width, out: width },
        precision,
        4,
      );
      const down = tableOf(
        kernel,
        { size: window.height, start: top, end: top + box.height, out: height },
        precision,
        2,
      );
      // a block is nearly always the whole width; less where one output row alone needs more rows than fit
      const block = Math.max(1, Math.min(width, Math.floor(middleBytes / (down.taps * 2 * 3))));
      const blockStride = align(block * 3);
      const bands = cutBands(down, {
        sourceRows: Math.floor(middleBytes / blockStride) - down.taps,
        outputRows: Math.floor(outputBytes / blockStride),
      });
      for (let from = 0; from < width; from += block) {
        const columns = { from, to: Math.min(width, from + block) };
        for (const band of bands) resizeBand(source, window, [across, down], columns, band, precision, target);
      }
    },
  };
};
