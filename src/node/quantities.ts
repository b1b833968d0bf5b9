/** Quantities as people read them. */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const countText = (count: number): string => grouped.format(count);

/** `1 picture`, `2 pictures`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

/** Three digits: 0.125, 1.25, 12.5, 125, 1,250. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  if (value >= 99.95) return grouped.format(value);
  return value >= 0.9995 ? String(Number(value.toPrecision(3))) : String(Number(value.toFixed(3)));
}

/** `0 %`, `0.3 %`, `12.5 %`; never rounded to 0 or 100 when something is there or missing. */
export function shareText(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (100 * part) / whole;
  if (part > 0 && percent < 0.1) return '< 0.1 %';
  if (part < whole && percent > 99.9) return '> 99.9 %';
  return `${Number(percent.toFixed(1))} %`;
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  if (power === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  return `${numberText(bytes / 1000 ** power)} ${byteUnits[power]}`;
}

export const megapixelsText = (pixels: number): string => `${numberText(pixels / 1e6)} MP`;

/** Two digits are all that a measured time is worth. */
export const millisecondsText = (ms: number): string =>
  ms < 995 ? `${numberText(Number(ms.toPrecision(2)))} ms` : durationText(ms / 1000);

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  if (seconds < 3570) return two(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return two(seconds, 3600, 'h', 60, 'min');
  return two(seconds, 86_400, 'd', 3600, 'h');
}

function two(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const smalls = Math.round(seconds / small);
  const ratio = large / small;
  const rest = smalls % ratio;
  const head = `${Math.floor(smalls / ratio)} ${largeUnit}`;
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`;
}
