import type { Fit } from '../options.js';

/** `stretch`, `crop:0.875`, `contain` or `cover`; null for anything else. */
export function parseFit(text: string): Fit | null {
  if (text === 'stretch' || text === 'contain' || text === 'cover') return { kind: text };
  const ratio = /^crop:(1(?:\.0+)?|0?\.\d+)$/.exec(text)?.[1];
  return ratio === undefined || Number(ratio) === 0 ? null : { kind: 'crop', ratio: Number(ratio) };
}
