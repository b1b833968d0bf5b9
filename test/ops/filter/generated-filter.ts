import * as fc from 'fast-check';
import type { FilterRecord } from '../../../src/ops/filter/fields.js';

/** One filter in two spellings that must mean the same. */
export interface GeneratedFilter {
  readonly text: string;
  readonly duckdb: string;
}

/** Tokens, and how tightly the outermost operator binds (PostgreSQL's levels, which DuckDB has). */
interface Piece {
  readonly tokens: readonly string[];
  readonly level: number;
}

const level = { or: 1, and: 2, not: 3, is: 4, compare: 5, predicate: 6, add: 7, multiply: 8, negate: 9, atom: 10 };

const numberFields = ['height', 'width', 'nChannels', 'mode', 'bytes', 'orientation', 'pixels', 'aspect'] as const;
const stringFields = ['origin', 'name', 'format', 'space'] as const;

const strings = ['', 'a', 'b', 'ab', 'aab', 'B', "it's", 'a%', 'a_b', 'a\\b', 'é', '～', '😀', '😀b'];
const numbers = ['0', '1', '2', '3', '4', '10', '0.5', '1.5', '.25', '2.', '1e1', '25E-1', '1000'];

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
const atom = (...tokens: string[]): Piece => ({ tokens, level: level.atom });

const anyCase = (word: string) => fc.constantFrom(word, word.toLowerCase(), word[0]! + word.slice(1).toLowerCase());

const field = (names: readonly string[]): fc.Arbitrary<Piece> =>
  fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom('', '', '', 'image.', 'Image.', '`image`.', '"image".'),
      fc.nat(5),
    )
    .map(([name, table, how]) => {
      const spelt = [name, name, name.toUpperCase(), `\`${name}\``, `"${name}"`, name.toLowerCase()][how]!;
      return atom(table + spelt);
    });

/** As an operand where `least` is needed: in parentheses where it must be, and in 1 of 10 where it need not. */
const operand = (piece: fc.Arbitrary<Piece>, least: number): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(piece, fc.nat(9))
    .map(([{ tokens, level: own }, how]) => (own < least || how === 0 ? ['(', ...tokens, ')'] : tokens));

const joined = (at: number, ...parts: readonly (fc.Arbitrary<readonly string[]> | fc.Arbitrary<string>)[]) =>
  fc.tuple(...parts).map((all): Piece => ({ tokens: all.flat(), level: at }));

const optionalNot = fc.oneof(
  fc.constant<string[]>([]),
  anyCase('NOT').map((word) => [word]),
);
const nullLiteral = anyCase('NULL').map((word) => atom(word));

function numeric(depth: number): fc.Arbitrary<Piece> {
  const leaf = fc.oneof(
    { weight: 6, arbitrary: field(numberFields) },
    { weight: 5, arbitrary: fc.constantFrom(...numbers).map((text) => atom(text)) },
    { weight: 1, arbitrary: nullLiteral },
  );
  if (depth === 0) return leaf;
  const inner = numeric(depth - 1);
  const binary = (at: number, ...operators: string[]) =>
    joined(at, operand(inner, at), fc.constantFrom(...operators), operand(inner, at + 1));
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: binary(level.add, '+', '-') },
    { weight: 2, arbitrary: binary(level.multiply, '*', '/', '%') },
    { weight: 1, arbitrary: joined(level.negate, fc.constant('-'), operand(inner, level.negate)) },
  );
}

const text: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: field(stringFields) },
  { weight: 4, arbitrary: fc.constantFrom(...strings).map((value) => atom(quote(value))) },
  { weight: 1, arbitrary: nullLiteral },
);

const pattern = fc.oneof(
  { weight: 9, arbitrary: fc.array(fc.constantFrom('a', 'b', '%', '_', 'é', '😀', "'"), { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Every operator whose operands are of one kind and whose result is a condition. */
function comparing(inner: fc.Arbitrary<Piece>): fc.Arbitrary<Piece> {
  const tight = operand(inner, level.add);
  const list = fc
    .array(operand(inner, level.or), { minLength: 1, maxLength: 3 })
    .map((items) => ['(', ...items.flatMap((item, i) => (i === 0 ? item : [',', ...item])), ')']);
  const compare = fc.constantFrom('=', '==', '!=', '<>', '<', '<=', '>', '>=');
  return fc.oneof(
    {
      weight: 4,
      arbitrary: joined(level.compare, operand(inner, level.predicate), compare, operand(inner, level.predicate)),
    },
    { weight: 2, arbitrary: joined(level.predicate, tight, optionalNot, anyCase('IN'), list) },
    {
      weight: 2,
      arbitrary: joined(level.predicate, tight, optionalNot, anyCase('BETWEEN'), tight, anyCase('AND'), tight),
    },
    { weight: 1, arbitrary: joined(level.is, operand(inner, level.is), anyCase('IS'), optionalNot, anyCase('NULL')) },
  );
}

function condition(depth: number): fc.Arbitrary<Piece> {
  const like = joined(
    level.predicate,
    operand(text, level.add),
    optionalNot,
    anyCase('LIKE'),
    pattern.map((elements) => (elements === null ? 'NULL' : quote(elements.join('')))),
  );
  const leaf = fc.oneof(
    { weight: 5, arbitrary: comparing(numeric(2)) },
    { weight: 4, arbitrary: comparing(text) },
    { weight: 3, arbitrary: like },
    { weight: 1, arbitrary: field(['has_alpha']) },
    { weight: 1, arbitrary: fc.constantFrom('TRUE', 'false', 'Null').map((word) => atom(word)) },
  );
  if (depth === 0) return leaf;
  const inner = condition(depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    { weight: 3, arbitrary: joined(level.and, operand(inner, level.and), anyCase('AND'), operand(inner, level.not)) },
    { weight: 3, arbitrary: joined(level.or, operand(inner, level.or), anyCase('OR'), operand(inner, level.and)) },
    { weight: 2, arbitrary: joined(level.not, anyCase('NOT'), operand(inner, level.not)) },
    { weight: 1, arbitrary: comparing(inner) },
  );
}

const spelt = (tokens: readonly string[], spelling: 'spaced' | 'lines' | 'tight'): GeneratedFilter => ({
  text: spelling === 'tight' ? tightly(tokens) : tokens.join(spelling === 'lines' ? '\n\t' : ' '),
  duckdb: tokens.map(inDuckDb).join(' '),
});

const spelling = fc.constantFrom('spaced' as const, 'lines' as const, 'tight' as const);

export const generatedFilter: fc.Arbitrary<GeneratedFilter> = fc
  .tuple(condition(3), spelling)
  .map(([{ tokens }, how]) => spelt(tokens, how));

/**
 * With most of its parentheses left out (those of lists stay): precedence alone says which tree it is. It may be no
 * filter at all.
 */
export const generatedPrecedence: fc.Arbitrary<GeneratedFilter> = fc
  .tuple(condition(2), spelling, fc.infiniteStream(fc.nat(3)))
  .map(([{ tokens }, how, random]) => {
    const open: boolean[] = [];
    const bare = tokens.filter((token, i) => {
      if (token === '(') open.push(tokens[i - 1]?.toUpperCase() === 'IN' || random.next().value === 0);
      return token === '(' ? open.at(-1)! : token === ')' ? open.pop()! : true;
    });
    return spelt(bare, how);
  });

/** No space where one side is a bracket, a comma or a comparison. */
function tightly(tokens: readonly string[]): string {
  const loose = (token: string | undefined) => token === undefined || !/^(?:[(),*/%+]|[=<>!]+)$/.test(token);
  return tokens.map((token, i) => (i > 0 && loose(token) && loose(tokens[i - 1]) ? ` ${token}` : token)).join('');
}

/** DuckDB's own numbers are integers and decimals unless they have an exponent; it has no backticks. */
function inDuckDb(token: string): string {
  if (/^[\d.]+$/.test(token)) return `${token}e0`;
  // DuckDB's == binds like an operator of a user, tighter than =
  if (token === '==') return '=';
  return token.startsWith("'") ? token : token.replaceAll('`', '"');
}

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 5 });
const someNumber = orNull(fc.constantFrom(0, 1, 2, 3, 4, 10, 0.5, 1.5, 1000, -1, -2.5));
const someString = orNull(fc.constantFrom(...strings));

/** Values of few kinds, so that equal ones meet; half of what no image can have. */
export const generatedRecord: fc.Arbitrary<FilterRecord> = fc.record({
  origin: someString,
  name: someString,
  format: someString,
  height: someNumber,
  width: someNumber,
  nChannels: someNumber,
  mode: someNumber,
  bytes: someNumber,
  orientation: someNumber,
  pixels: someNumber,
  aspect: someNumber,
  has_alpha: orNull(fc.boolean()),
  space: someString,
});
