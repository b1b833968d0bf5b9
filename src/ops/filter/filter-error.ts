import { ImgdError } from '../../base/errors.js';
import type { Span } from './expr.js';

/** Terminal columns that are shown of a long filter before, under and after the carets. */
const shownBefore = 60;
const shownMarked = 40;
const shownAfter = 60;

/**
 * A usage error whose message holds the filter and, under the exact place, carets:
 *
 *     filter: unknown field "heigth"; did you mean height?
 *       image.heigth < 1000
 *             ^^^^^^
 */
export function filterError(text: string, span: Span, problem: string): ImgdError {
  const long = text.length > shownBefore + shownMarked + shownAfter;
  const before = printable(text.slice(0, span.start));
  const marked = printable(text.slice(span.start, span.end));
  const after = printable(text.slice(span.end));
  const head = long && before.length > shownBefore ? ['…', ...before.slice(-shownBefore)] : before;
  const middle = long && marked.length > shownMarked ? [...marked.slice(0, shownMarked), '…'] : marked;
  const tail = long && after.length > shownAfter ? [...after.slice(0, shownAfter), '…'] : after;
  const shown = [...head, ...middle, ...tail].join('');
  const carets = ' '.repeat(columns(head)) + '^'.repeat(Math.max(1, columns(middle)));
  return new ImgdError('usage', `filter: ${printable(problem).join('')}\n  ${shown}\n  ${carets}`);
}

/** One line of code points; what would move the cursor (or is no character at all) becomes a space. */
const printable = (text: string): readonly string[] => [...text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')];

const zeroWidth = /^\p{M}$/u;
const doubleWidth =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]$/u;

/** Terminal columns of some code points, near enough for carets. */
function columns(codePoints: readonly string[]): number {
  let sum = 0;
  for (const point of codePoints) sum += zeroWidth.test(point) ? 0 : doubleWidth.test(point) ? 2 : 1;
  return sum;
}
