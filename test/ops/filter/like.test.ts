import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { likeMatcher } from '../../../src/ops/filter/like.js';

/** By the definition: the first element of the pattern against every beginning of the text. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  const [element, ...rest] = pattern;
  if (element === undefined) return text.length === 0;
  if (element === '%') return matches(rest, text) || (text.length > 0 && matches(pattern, text.slice(1)));
  return text.length > 0 && (element === '_' || element === text[0]) && matches(rest, text.slice(1));
}

test('generated patterns match what the definition of LIKE says', async () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '%', '_', '😀', '\n'), { maxLength: 8 });
  const text = fc.array(fc.constantFrom('a', 'b', '%', '_', '😀', '\n'), { maxLength: 8 });
  await fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 5 }), (elements, texts) => {
      const like = likeMatcher(elements.join(''));
      for (const points of texts) expect(like(points.join(''))).toBe(matches(elements, points));
    }),
    { seed: 42, numRuns: 2000 },
  );
});

test.each([31, 32, 33, 63, 64, 65, 100])('a pattern of %i elements, where bits cross words', (length) => {
  const letters = Array.from({ length }, (_, i) => String.fromCharCode(97 + (i % 26)));
  const exact = letters.join('');
  const holed = letters.map((letter, i) => (i % 3 === 0 ? '_' : letter)).join('');
  expect(likeMatcher(holed)(exact)).toBe(true);
  expect(likeMatcher(holed)(exact.slice(1))).toBe(false);
  expect(likeMatcher(holed)(`${exact}a`)).toBe(false);
  expect(likeMatcher(`%${exact}%`)(`abc${exact}xyz`)).toBe(true);
  expect(likeMatcher(`%${exact}%`)(`abc${exact.slice(0, -1)}`)).toBe(false);
  const middle = Math.floor(length / 2);
  const split = `${exact.slice(0, middle)}%${exact.slice(middle)}`;
  expect(likeMatcher(split)(exact)).toBe(true);
  expect(likeMatcher(split)(`${exact.slice(0, middle)}--${exact.slice(middle)}`)).toBe(true);
  expect(likeMatcher(split)(`${exact.slice(0, middle)}--${exact.slice(middle + 1)}`)).toBe(false);
});

// 25 %s over 10,000 letters: a matcher that backtracks through all of them doesn't end
test('a pattern made to backtrack is decided at once', () => {
  const like = likeMatcher(`${'%a'.repeat(25)}_%b`);
  expect(like('a'.repeat(10_000))).toBe(false);
  expect(like(`${'a'.repeat(10_000)}b`)).toBe(true);
});
