function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const spread = (values) => ({ min: Math.min(...values), median: median(values), max: Math.max(...values) });

/** Least squares: the slope of y over x. */
export function slope(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  let above = 0;
  let under = 0;
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    under += (x - meanX) ** 2;
  }
  return under === 0 ? 0 : above / under;
}

export const rounded = (value, digits = 3) => (value === null ? null : Number(value.toFixed(digits)));
