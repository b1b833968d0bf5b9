/**
 * The shortest decimal that is the same 32-bit float: scores are FLOAT in Parquet, and 0.8734 says as much as
 * 0.8733999729156494. Null where JSON has no number (NaN, infinities).
 */
export const shortestFloat = (value: number): number | null => {
  if (!Number.isFinite(value)) return null;
  const exact = Math.fround(value);
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(exact.toPrecision(digits));
    if (Math.fround(short) === exact) return short;
  }
  return Number(exact.toPrecision(9));
};
