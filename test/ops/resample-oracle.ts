/**
 * Pillow's resize written plainly, one pixel after another, as the oracle of the tests: convolution with 22-bit fixed
 * point, the horizontal pass first, 8 bits between the passes. Checked itself against pixels made by Pillow.
 */
import type { Kernel } from '../../src/ops/options.js';

export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
const cubic = (x: number, a = -0.5) => {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
};
const filters = {
  bilinear: [1, (x: number) => Math.max(0, 1 - Math.abs(x))],
  bicubic: [2, (x: number) => cubic(Math.abs(x))],
  lanczos: [3, (x: number) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)],
} as const;

interface Window {
  readonly first: number;
  readonly weights: number[];
}

function windows(kernel: keyof typeof filters, size: number, out: number): Window[] {
  const [radius, filter] = filters[kernel];
  const scale = size / out;
  const widened = Math.max(1, scale);
  return Array.from({ length: out }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - radius * widened + 0.5));
    const last = Math.min(size, Math.trunc(centre + radius * widened + 0.5));
    const raw = Array.from({ length: last - first }, (_, t) => filter((t + first - centre + 0.5) * (1 / widened)));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((w) => Math.trunc((w / sum) * 2 ** 22 + (w / sum < 0 ? -0.5 : 0.5))) };
  });
}

const clip = (sum: number) => Math.max(0, Math.min(255, Math.floor((sum + 2 ** 21) / 2 ** 22)));

function across({ data, width, height }: Picture, list: Window[]): Picture {
  const out = new Uint8Array(list.length * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < list.length; x++) {
      const { first, weights } = list[x]!;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let t = 0; t < weights.length; t++) sum += weights[t]! * data[(y * width + first + t) * 3 + c]!;
        out[(y * list.length + x) * 3 + c] = clip(sum);
      }
    }
  }
  return { data: out, width: list.length, height };
}

function transpose({ data, width, height }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) out[(x * height + y) * 3 + c] = data[(y * width + x) * 3 + c]!;
    }
  }
  return { data: out, width: height, height: width };
}

function nearest({ data, width, height }: Picture, toWidth: number, toHeight: number): Uint8Array {
  const pick = (size: number, out: number) => {
    let position = (size / out) * 0.5;
    return Array.from({ length: out }, () => {
      const at = Math.trunc(position);
      position += size / out;
      return at;
    });
  };
  const columns = pick(width, toWidth);
  const rows = pick(height, toHeight);
  return Uint8Array.from(
    rows.flatMap((y) => columns.flatMap((x) => [0, 1, 2].map((c) => data[(y * width + x) * 3 + c]!))),
  );
}

export function pillowResize(source: Picture, width: number, height: number, kernel: Kernel): Uint8Array {
  if (kernel === 'nearest') return nearest(source, width, height);
  const wide = across(source, windows(kernel, source.width, width));
  return transpose(across(transpose(wide), windows(kernel, source.height, height))).data;
}

/** Noise that any language can make again. */
export function noise(width: number, height: number, seed: number): Picture {
  const data = new Uint8Array(width * height * 3);
  let state = seed >>> 0;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state >>> 24;
  }
  return { data, width, height };
}

export function crop({ data, width }: Picture, left: number, top: number, toWidth: number, toHeight: number): Picture {
  const out = new Uint8Array(toWidth * toHeight * 3);
  for (let y = 0; y < toHeight; y++) {
    const from = ((top + y) * width + left) * 3;
    out.set(data.subarray(from, from + toWidth * 3), y * toWidth * 3);
  }
  return { data: out, width: toWidth, height: toHeight };
}

export function difference(a: Uint8Array, b: Uint8Array): { readonly mean: number; readonly most: number } {
  let sum = Math.abs(a.length - b.length);
  let most = sum;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - (b[i] ?? 0));
    sum += d;
    most = Math.max(most, d);
  }
  return { mean: sum / a.length, most };
}
