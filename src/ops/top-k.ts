/** Best first; equal scores in the order of their class index. */
export interface Top {
  readonly indices: readonly number[];
  readonly scores: readonly number[];
}

/**
 * The best `k` (at most `classes`) of `classes` probabilities that start at `offset`. Null where they are no
 * probabilities at all: a NaN or an infinity anywhere, or nothing above zero. One pass, k slots, no sort of all classes.
 */
export function topK(scores: Float32Array, offset: number, classes: number, k: number): Top | null {
  const slots = Math.min(k, classes);
  const indices: number[] = [];
  const best: number[] = [];
  let positive = false;
  for (let i = 0; i < classes; i++) {
    const score = scores[offset + i];
    if (score === undefined || !Number.isFinite(score)) return null;
    if (score > 0) positive = true;
    if (best.length === slots && !(score > best[slots - 1]!)) continue;
    let at = Math.min(best.length, slots - 1);
    for (; at > 0 && score > best[at - 1]!; at--) {
      best[at] = best[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    best[at] = score;
    indices[at] = i;
  }
  return positive ? { indices, scores: best } : null;
}
