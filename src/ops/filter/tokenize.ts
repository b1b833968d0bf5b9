import type { Span } from './expr.js';
import { filterError } from './filter-error.js';

const keywords = ['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'LIKE', 'IS', 'NULL', 'TRUE', 'FALSE'] as const;
export type Keyword = (typeof keywords)[number];

export type Token = Span &
  (
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'string'; readonly value: string }
    /** `quote` is what the identifier stood in: nothing, a backtick or a double quote. */
    | { readonly kind: 'name'; readonly value: string; readonly quote: '' | '`' | '"' }
    | { readonly kind: 'keyword'; readonly value: Keyword }
    /** Operators and punctuation; `==` comes out as `=`, `!=` as `<>`. */
    | { readonly kind: 'symbol'; readonly value: string }
    | { readonly kind: 'end' }
  );

const space = /\s+/y;
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const symbol = /==|!=|<>|<=|>=|[=<>+\-*/%(),.]/y;
const quoted = { "'": /'(?:[^']|'')*'/y, '"': /"(?:[^"]|"")*"/y, '`': /`(?:[^`]|``)*`/y } as const;

/** Ways in which other languages say it, and SQL's. */
const foreign: Readonly<Record<string, string>> = {
  '&&': 'write AND instead of &&',
  '||': 'write OR instead of ||',
  '!': 'write NOT instead of !',
  '--': 'in SQL -- begins a comment; put a space between the two',
  '<=>': '<=> is not supported; use = and IS NULL',
  '“': 'write a string in plain single quotes',
  '”': 'write a string in plain single quotes',
  '‘': 'write a string in plain single quotes',
  '’': 'write a string in plain single quotes',
};

/** Throws ImgdError(usage) on what can't be a token. The last token is `end`. Linear in the length of the text. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let start = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = start;
    return pattern.exec(text)?.[0];
  };
  const wrong = (end: number, problem: string) => filterError(text, { start, end }, problem);

  for (;;) {
    start += take(space)?.length ?? 0;
    if (start >= text.length) return [...tokens, { kind: 'end', start: text.length, end: text.length }];

    const strange = Object.keys(foreign).find((spelling) => text.startsWith(spelling, start));
    if (strange !== undefined && !text.startsWith('!=', start)) throw wrong(start + strange.length, foreign[strange]!);

    const character = String.fromCodePoint(text.codePointAt(start)!);
    if (character === "'" || character === '"' || character === '`') {
      const whole = take(quoted[character]);
      if (whole === undefined) throw wrong(text.length, `${character} without its closing ${character}`);
      const value = whole.slice(1, -1).replaceAll(character + character, character);
      const end = start + whole.length;
      tokens.push(
        character === "'"
          ? { kind: 'string', value, start, end }
          : { kind: 'name', value, quote: character, start, end },
      );
      start = end;
      continue;
    }

    const found = take(number) ?? take(word) ?? take(symbol);
    if (found === undefined) throw wrong(start + character.length, `unexpected ${JSON.stringify(character)}`);
    const end = start + found.length;
    if (/^\.?\d/.test(found)) {
      const value = Number(found);
      if (!Number.isFinite(value)) throw wrong(end, 'this number is too large');
      tokens.push({ kind: 'number', value, start, end });
    } else if (/^[\p{L}_]/u.test(found)) {
      const keyword = keywords.find((candidate) => candidate === found.toUpperCase());
      tokens.push(
        keyword === undefined
          ? { kind: 'name', value: found, quote: '', start, end }
          : { kind: 'keyword', value: keyword, start, end },
      );
    } else {
      const value = found === '==' ? '=' : found === '!=' ? '<>' : found;
      tokens.push({ kind: 'symbol', value, start, end });
    }
    start = end;
  }
}
