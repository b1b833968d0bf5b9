/**
 * Tells profiles that are sRGB from those that change colours, by what they compute and not by what they are called.
 * Source of the layout and the formulas: ICC.1:2022 (7.2 header, 10.6 curveType, 10.18 parametricCurveType, 10.31 XYZType).
 */

type Profile = 'none' | 'srgb' | 'other';

/** sRGB's primaries, adapted to D50 (IEC 61966-2-1 with the Bradford transform). */
const colorants: Readonly<Record<string, readonly [number, number, number]>> = {
  rXYZ: [0.436, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7139],
};
/** Profile makers round differently; the next common colour space is 20 times farther away. */
const colorantTolerance = 0.002;
/** In encoded values, 0 to 1: less than half a level of 255. */
const curveTolerance = 0.45 / 255;

const toEncoded = (v: number): number => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);

type Curve = (encoded: number) => number;

const tabulated = (table: Buffer): Curve => {
  const last = table.length / 2 - 1;
  return (v) => {
    const below = Math.min(last - 1, Math.floor(v * last));
    const share = v * last - below;
    return (table.readUInt16BE(below * 2) * (1 - share) + table.readUInt16BE(below * 2 + 2) * share) / 65_535;
  };
};

/** Number of parameters of each parametric function type. */
const parameterCounts = [1, 3, 4, 5, 7];

const parametric = (tag: Buffer): Curve | undefined => {
  const kind = tag.readUInt16BE(8);
  const count = parameterCounts[kind];
  if (count === undefined || tag.length < 12 + count * 4) return undefined;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from(
    { length: count },
    (_, i) => tag.readInt32BE(12 + i * 4) / 65_536,
  );
  const power = (v: number) => Math.max(0, a * v + b) ** g;
  if (kind === 0) return (v) => v ** g;
  if (kind === 1) return (v) => (v >= -b / a ? power(v) : 0);
  if (kind === 2) return (v) => (v >= -b / a ? power(v) + c : c);
  return (v) => (v >= d ? power(v) + e : c * v + f);
};

const readCurve = (tag: Buffer | undefined): Curve | undefined => {
  if (tag === undefined || tag.length < 12) return undefined;
  const type = tag.toString('latin1', 0, 4);
  if (type === 'para') return parametric(tag);
  if (type !== 'curv') return undefined;
  const count = tag.readUInt32BE(8);
  if (count === 0) return (v) => v;
  if (tag.length < 12 + count * 2) return undefined;
  if (count === 1) return (v) => v ** (tag.readUInt16BE(12) / 256);
  return tabulated(tag.subarray(12, 12 + count * 2));
};

/** At every one of the 256 levels, what the curve makes of it is the level that sRGB's curve would have started from. */
const isSrgbCurve = (curve: Curve | undefined, tolerance = curveTolerance): boolean => {
  if (curve === undefined) return false;
  for (let level = 0; level < 256; level++) {
    if (Math.abs(toEncoded(curve(level / 255)) - level / 255) > tolerance) return false;
  }
  return true;
};

const readXyz = (tag: Buffer | undefined): readonly number[] | undefined => {
  if (tag === undefined || tag.length < 20 || tag.toString('latin1', 0, 4) !== 'XYZ ') return undefined;
  return [8, 12, 16].map((at) => tag.readInt32BE(at) / 65_536);
};

const readTags = (icc: Buffer): Map<string, Buffer> => {
  const tags = new Map<string, Buffer>();
  const count = Math.min(icc.readUInt32BE(128), Math.floor((icc.length - 132) / 12));
  for (let i = 0; i < count; i++) {
    const entry = 132 + i * 12;
    const offset = icc.readUInt32BE(entry + 4);
    const size = icc.readUInt32BE(entry + 8);
    if (offset + size <= icc.length)
      tags.set(icc.toString('latin1', entry, entry + 4), icc.subarray(offset, offset + size));
  }
  return tags;
};

const isSrgb = (tags: ReadonlyMap<string, Buffer>): boolean => {
  // a lookup table takes precedence over the matrix
  if (tags.has('A2B0') || tags.has('D2B0')) return false;
  for (const [name, wanted] of Object.entries(colorants)) {
    const found = readXyz(tags.get(name));
    if (found === undefined || wanted.some((value, i) => Math.abs(value - found[i]!) > colorantTolerance)) return false;
  }
  return ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(readCurve(tags.get(name))));
};

const isSrgbGrey = (tags: ReadonlyMap<string, Buffer>): boolean =>
  !tags.has('A2B0') && isSrgbCurve(readCurve(tags.get('kTRC')));

/** The pictures that a profile of each colour space can belong to. */
const owners: Readonly<Record<string, 'rgb' | 'grey' | 'cmyk'>> = { 'RGB ': 'rgb', GRAY: 'grey', CMYK: 'cmyk' };

const modelOf = (space: string): 'rgb' | 'grey' | 'cmyk' => {
  if (space === 'cmyk') return 'cmyk';
  return space === 'b-w' || space === 'grey16' ? 'grey' : 'rgb';
};

const judge = (icc: Buffer, space: string): Profile => {
  const tags = readTags(icc);
  if (space === 'RGB ') return isSrgb(tags) ? 'srgb' : 'other';
  if (space === 'GRAY') return isSrgbGrey(tags) ? 'srgb' : 'other';
  return 'other';
};

/** Verdicts by the profile's bytes: collections carry the same few. */
const verdicts = new Map<string, Profile>();
const verdictLimit = 32;
const verdictBytes = 16 * 1024;

/**
 * `srgb`: applying it changes no level by more than 1, so it is left out. `none`: no profile, or one that can't belong to
 * such a picture (damaged, or of another colour space), which decoders pass over. `pictureSpace` as in Header.
 */
export const classifyProfile = (icc: Buffer | undefined | null, pictureSpace: string): Profile => {
  if (icc === undefined || icc === null || icc.length < 132 || icc.toString('latin1', 36, 40) !== 'acsp') return 'none';
  const space = icc.toString('latin1', 16, 20);
  if (owners[space] !== undefined && owners[space] !== modelOf(pictureSpace)) return 'none';
  if (icc.length > verdictBytes) return judge(icc, space);
  const key = icc.toString('latin1');
  let verdict = verdicts.get(key);
  if (verdict === undefined) {
    verdict = judge(icc, space);
    if (verdicts.size === verdictLimit) verdicts.clear();
    verdicts.set(key, verdict);
  }
  return verdict;
};
