/** Text of the command line to values. Each throws commander's error, which names the option. */
import { InvalidArgumentError } from 'commander';
import { parseFit } from '../ops/model/parse-fit.js';
import { type Fit, type Kernel, kernels } from '../ops/options.js';
import { type ExtraColumn, extraColumns } from '../ops/row.js';

/** A share of the inputs, or a count of them. */
export type Allowance =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'count'; readonly count: number };

export function parseAllowance(text: string): Allowance {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  if (percent !== null) return share(Number(percent[1]) / 100);
  if (/^\d+$/.test(text)) return { kind: 'count', count: Number(text) };
  if (/^0?\.\d+$|^1\.0+$/.test(text)) return share(Number(text));
  throw new InvalidArgumentError('Give a share (0.5 or 50%) or a count (20).');

  function share(value: number): Allowance {
    if (value > 1) throw new InvalidArgumentError('A share is at most 100%.');
    return { kind: 'share', share: value };
  }
}

export const exceeds = (allowance: Allowance, failed: number, accepted: number): boolean =>
  allowance.kind === 'count' ? failed > allowance.count : failed > allowance.share * accepted;

export function parseCount(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Give a whole number, at least ${least}.`);
    return value;
  };
}

const units: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('Give a size such as 256M.');
  return Math.floor(Number(match[1]) * units[match[2]!.toLowerCase()]!);
}

/** Pixels: 50000000 or 50M (here a million, as in megapixel). */
export function parsePixels(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(m|mp)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('Give pixels such as 50M.');
  return Math.floor(Number(match[1]) * (match[2] === undefined ? 1 : 1e6));
}

export function parseFitOption(text: string): Fit {
  const fit = parseFit(text);
  if (fit === null) throw new InvalidArgumentError('Choose stretch, crop:RATIO (0 < RATIO <= 1), contain or cover.');
  return fit;
}

export function parseKernel(text: string): Kernel {
  const kernel = kernels.find((known) => known === text);
  if (kernel === undefined) throw new InvalidArgumentError(`Choose one of ${kernels.join(', ')}.`);
  return kernel;
}

export function parseColumns(text: string): ExtraColumn[] {
  return text.split(',').map((name) => {
    const column = extraColumns.find((known) => known === name.trim());
    if (column === undefined) throw new InvalidArgumentError(`Columns on request are ${extraColumns.join(', ')}.`);
    return column;
  });
}

/** `drop` (null) or a colour `#rrggbb` to flatten transparent pixels on. */
export function parseAlpha(text: string): readonly [number, number, number] | null {
  if (text === 'drop') return null;
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('Choose drop or a colour such as #ffffff.');
  return [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16), Number.parseInt(match[3]!, 16)];
}
