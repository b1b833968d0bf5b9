import type { RunChoices } from '../node/resolve-run.js';
import type { RunFlags } from './run-flags.js';

/** Flags of `imgctl run` as choices. Absent flags stay absent: the preset or the default decides. */
export function runChoices(inputs: readonly string[], flags: RunFlags): RunChoices {
  const { filter, sample, seed, maxBytes, maxPixels, maxFrames } = flags;
  return {
    ...flags,
    inputs,
    nul: flags.null,
    filter: filter === false ? null : filter === true ? undefined : filter,
    sample: sample === undefined ? undefined : { count: sample, seed },
    background: flags.alpha,
    // on by default for the user, off in the preset: only --no-orient says something
    orient: flags.orient ? undefined : false,
    limits: { bytes: maxBytes, pixels: maxPixels, frames: maxFrames },
  };
}
