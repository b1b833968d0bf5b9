import type { Stage } from './stage.js';

/** Decides on the header alone: what it drops is never decoded. */
export const filter: Stage = {
  name: 'filter',
  async run(frame, { filter: predicate }) {
    if (predicate === null) return frame;
    const verdict = predicate.test(frame.record);
    return verdict.keep ? frame : { kind: 'filtered', clause: verdict.clause };
  },
};
