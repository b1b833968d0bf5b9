import type { FilterRecord } from '../../../src/ops/filter/fields.js';

/** A portrait photograph; what a test is about is written over it. */
export const sampleRecord = (changes: Partial<FilterRecord> = {}): FilterRecord => ({
  origin: 'file:///photos/IMG_20.jpg',
  name: 'IMG_20.jpg',
  format: 'jpeg',
  height: 900,
  width: 600,
  nChannels: 3,
  mode: 16,
  bytes: 123_456,
  orientation: 6,
  pixels: 540_000,
  aspect: 600 / 900,
  has_alpha: false,
  space: 'srgb',
  ...changes,
});
