/**
 * EXIF orientation, 1 to 8, from a TIFF structure (`Exif\0\0` already cut off). 1 for anything that is not a plain entry
 * of the first directory: that one alone is read, so no chain of offsets is ever followed and no loop can be built.
 */
export const exifOrientation = (tiff: Buffer): number => {
  if (tiff.length < 8) return 1;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  if (!little && tiff.toString('latin1', 0, 2) !== 'MM') return 1;
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  if (short(2) !== 42) return 1;
  const directory = long(4);
  if (directory + 2 > tiff.length) return 1;
  const entries = Math.min(short(directory), Math.floor((tiff.length - directory - 2) / 12));
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12;
    if (short(entry) !== 0x0112) continue;
    const value = short(entry + 8);
    const isShort = short(entry + 2) === 3 && long(entry + 4) === 1;
    return isShort && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
};
