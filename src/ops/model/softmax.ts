/**
 * Softmax of each row in place, stable: the row's maximum is subtracted first. A row that holds NaN or an infinity
 * becomes NaN as a whole, so that a broken logit can never hide behind a plausible probability.
 */
export function softmax(rows: Float32Array, classes: number): Float32Array {
  for (let start = 0; start + classes <= rows.length; start += classes) {
    const end = start + classes;
    let max = Number.NEGATIVE_INFINITY;
    let broken = false;
    for (let i = start; i < end; i++) {
      const value = rows[i]!;
      if (!Number.isFinite(value)) broken = true;
      if (value > max) max = value;
    }
    if (broken) {
      rows.fill(Number.NaN, start, end);
      continue;
    }
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(rows[i]! - max);
    for (let i = start; i < end; i++) rows[i] = Math.exp(rows[i]! - max) / sum;
  }
  return rows;
}
