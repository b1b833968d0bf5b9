import { describe, expect, test } from 'vitest';
import { filterFields, filterRecord } from '../../../src/ops/filter/fields.js';
import type { Header } from '../../../src/ops/header.js';
import { sampleRecord } from './sample-record.js';

const header = (changes: Partial<Header> = {}): Header => ({
  format: 'jpeg',
  storedWidth: 900,
  storedHeight: 600,
  bands: 3,
  hasAlpha: false,
  depth: 8,
  space: 'srgb',
  orientation: 1,
  profile: 'none',
  frames: 1,
  progressive: false,
  wholeJpeg: true,
  bytes: 123_456,
  ...changes,
});
const asDisplayed = { orient: true, sparkChannels: false };
const asSpark = { orient: false, sparkChannels: true };

describe('filterRecord', () => {
  test('a picture on its side is described as displayed', () => {
    const record = filterRecord(header({ orientation: 6 }), 'file:///photos/IMG_20.jpg', asDisplayed);
    expect(record).toEqual(sampleRecord());
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i turns height and width where it is 5 or more', (orientation) => {
    const displayed = filterRecord(header({ orientation }), '', asDisplayed);
    expect([displayed.height, displayed.width]).toEqual(orientation >= 5 ? [900, 600] : [600, 900]);
    expect(displayed.aspect).toBe(displayed.width! / displayed.height!);
    const stored = filterRecord(header({ orientation }), '', asSpark);
    expect([stored.height, stored.width, stored.aspect, stored.orientation]).toEqual([600, 900, 1.5, orientation]);
  });

  test.each<[string, Partial<Header>, channels: [number, number], sparks: [number, number]]>([
    ['grey', { bands: 1, space: 'b-w' }, [1, 0], [1, 0]],
    ['grey with alpha', { bands: 2, hasAlpha: true, space: 'b-w' }, [4, 24], [1, 0]],
    ['colour', { bands: 3 }, [3, 16], [3, 16]],
    ['colour with alpha', { bands: 4, hasAlpha: true }, [4, 24], [4, 24]],
    ['CMYK', { bands: 4, space: 'cmyk' }, [3, 16], [3, 16]],
    ['CMYK with alpha', { bands: 5, hasAlpha: true, space: 'cmyk' }, [4, 24], [4, 24]],
  ])('%s: nChannels and mode', (_, changes, channels, sparks) => {
    const ours = filterRecord(header(changes), '', asDisplayed);
    expect([ours.nChannels, ours.mode]).toEqual(channels);
    const theirs = filterRecord(header(changes), '', asSpark);
    expect([theirs.nChannels, theirs.mode]).toEqual(sparks);
    expect(theirs.has_alpha).toBe(changes.hasAlpha ?? false);
  });

  test('a picture without rows has no aspect', () => {
    expect(filterRecord(header({ storedHeight: 0 }), '', asDisplayed).aspect).toBeNull();
  });

  test.each([
    ['file:///a/b%20c.jpg', 'b c.jpg'],
    ['file:///a/%E5%86%99.jpg', '写.jpg'],
    ['file:///a/%ff%FE.jpg', '\ufffd\ufffd.jpg'],
    ['file:///a/%EF%BB%BFx', '\ufeffx'],
    ['file:///a/100%.jpg', '100%.jpg'],
    ['file:///a/%4%zz%41', '%4%zzA'],
    ['file:///a/b%2Fc.jpg', 'b/c.jpg'],
    ['file:///a/b%3Fc%23d.jpg', 'b?c#d.jpg'],
    ['file:///a/écran%20.jpg', 'écran .jpg'],
    ['https://host/a/b.jpg?size=1/2#top', 'b.jpg'],
    ['s3://bucket/key', 'key'],
    ['tar+file:///a/b.tar#dir/c%20d.jpg', 'c d.jpg'],
    ['tar+file:///a/b.tar#c.jpg', 'c.jpg'],
    ['file:///a/b/', 'b'],
    ['', ''],
  ])('the name of %s is %j', (origin, name) => {
    expect(filterRecord(header(), origin, asDisplayed).name).toBe(name);
  });
});

test('the field table has every field of a record, with its type', () => {
  const record = sampleRecord();
  expect(filterFields.map(({ name }) => name)).toEqual(Object.keys(record));
  for (const { name, type, meaning } of filterFields) {
    expect(typeof record[name]).toBe(type);
    expect(meaning).toMatch(/^\S[^\n]+$/);
  }
});
