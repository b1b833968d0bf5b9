import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classifyProfile } from '../../src/ops/icc-profile.js';
import { iccProfile } from './icc-make.js';

const bench = join(import.meta.dirname, '../../../shared/images/bench');

describe('classifyProfile', () => {
  const picture = () => sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } });

  it('libvips’ own sRGB profile is sRGB, its P3 profile is not', async () => {
    const profileOf = async (name: string) =>
      (await sharp(await picture().withIccProfile(name).jpeg().toBuffer()).metadata()).icc;
    expect(classifyProfile(await profileOf('srgb'), 'srgb')).toBe('srgb');
    expect(classifyProfile(await profileOf('p3'), 'srgb')).toBe('other');
  });

  it.each([
    ['sRGB by parametric curves', iccProfile({ curve: 'srgb' }), 'srgb'],
    ['sRGB by a table of 1,024', iccProfile({ curve: 'table' }), 'srgb'],
    ['gamma 2.2, which is off in the darks', iccProfile({ curve: 2.2 }), 'other'],
    ['linear', iccProfile({ curve: 1 }), 'other'],
    ['primaries of another space', iccProfile({ curve: 'srgb', red: [0.6097, 0.3111, 0.0195] }), 'other'],
    ['sRGB with a lookup table that takes precedence', iccProfile({ curve: 'srgb', lut: true }), 'other'],
  ] as const)('%s: %s', (_, icc, verdict) => {
    expect(classifyProfile(icc, 'srgb')).toBe(verdict);
    expect(classifyProfile(icc, 'srgb')).toBe(verdict); // from memory
  });

  it('a profile of another colour space than the picture’s is none', () => {
    const icc = iccProfile({ curve: 'srgb' });
    expect(classifyProfile(icc, 'b-w')).toBe('none');
    expect(classifyProfile(icc, 'cmyk')).toBe('none');
  });

  it('what is no profile is none, at every length, and nothing throws', () => {
    const icc = iccProfile({ curve: 'table' });
    expect(classifyProfile(undefined, 'srgb')).toBe('none');
    expect(classifyProfile(Buffer.from('invalid'), 'srgb')).toBe('none');
    for (let length = 0; length < icc.length; length += 7) {
      expect(['none', 'other']).toContain(classifyProfile(icc.subarray(0, length), 'srgb'));
    }
    const hostile = Buffer.from(icc);
    hostile.writeUInt32BE(0xffffffff, 128); // number of tags
    hostile.fill(0xff, 136, 144); // offset and size of the first
    expect(classifyProfile(hostile, 'srgb')).toBe('other');
  });
});

describe.skipIf(!existsSync(bench))('the profiles of 425 photographs (shared/images/bench)', () => {
  it('69 % are recognised, and sharp changes no pixel by more than 1 level when it applies one of those', async () => {
    const found = { srgb: 0, other: 0, none: 0 };
    let profiles = 0;
    for (const name of readdirSync(bench)) {
      const bytes = readFileSync(join(bench, name));
      if (!bytes.includes('ICC_PROFILE')) continue;
      const { icc, space } = await sharp(bytes).metadata();
      if (icc === undefined) continue;
      profiles++;
      const verdict = classifyProfile(icc, space);
      found[verdict]++;
      if (verdict !== 'srgb' || found.srgb % 5 !== 1) continue;
      const [applied, ignored] = await Promise.all(
        [false, true].map((ignoreIcc) => sharp(bytes, { ignoreIcc }).toColourspace('srgb').raw().toBuffer()),
      );
      let most = 0;
      for (let i = 0; i < applied!.length; i++) most = Math.max(most, Math.abs(applied![i]! - ignored![i]!));
      expect(most).toBeLessThanOrEqual(1);
    }
    expect(profiles).toBe(112);
    expect(found.srgb).toBe(78);
    expect(found.none).toBe(2); // grey pictures with an RGB profile
  });
});
