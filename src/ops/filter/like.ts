/**
 * SQL's LIKE over whole strings: `%` is any run of characters, `_` one (a code point), all else itself, case
 * included; there is no escape character.
 *
 * Shift-And over the pattern: bit i of the state says that the first i elements (all but the %s) can match what was
 * read so far; a `%` before element i lets bit i stay. So a match takes |text| × ceil(|pattern| / 32) steps whatever
 * the two are: nothing backtracks.
 */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const plain = /^[^%_]*$/.exec(pattern)?.[0];
  if (plain !== undefined) return (text) => text === plain;
  const prefix = /^([^%_]*)%$/.exec(pattern)?.[1];
  if (prefix !== undefined) return (text) => text.startsWith(prefix);
  const suffix = /^%([^%_]*)$/.exec(pattern)?.[1];
  if (suffix !== undefined) return (text) => text.endsWith(suffix);
  return shiftAnd([...pattern]);
}

function shiftAnd(pattern: readonly string[]): (text: string) => boolean {
  const elements = pattern.filter((element) => element !== '%');
  const words = Math.floor(elements.length / 32) + 1;
  const set = (bits: Uint32Array, i: number) => {
    bits[i >>> 5] = bits[i >>> 5]! | (1 << (i & 31));
  };

  const stays = new Uint32Array(words);
  let count = 0;
  for (const element of pattern) element === '%' ? set(stays, count) : count++;

  /** Elements that any character matches, and those that a certain one does. */
  const any = new Uint32Array(words);
  for (const [i, element] of elements.entries()) if (element === '_') set(any, i);
  const matches = new Map<number, Uint32Array>();
  for (const [i, element] of elements.entries()) {
    if (element === '_') continue;
    const point = element.codePointAt(0)!;
    const bits = matches.get(point) ?? any.slice();
    matches.set(point, bits);
    set(bits, i);
  }

  // one state for all calls: a match is synchronous
  const state = new Uint32Array(words);
  const final = count >>> 5;
  const finalBit = 1 << (count & 31);
  return (text) => {
    state.fill(0);
    state[0] = 1;
    for (let at = 0; at < text.length; at++) {
      const point = text.codePointAt(at)!;
      if (point > 0xffff) at++;
      const bits = matches.get(point) ?? any;
      let carry = 0;
      for (let k = 0; k < words; k++) {
        const hit = state[k]! & bits[k]!;
        state[k] = (hit << 1) | carry | (state[k]! & stays[k]!);
        carry = hit >>> 31;
      }
    }
    return (state[final]! & finalBit) !== 0;
  };
}
