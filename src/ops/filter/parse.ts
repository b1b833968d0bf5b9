import type { ArithmeticOperator, ComparisonOperator, Expr, Span } from './expr.js';
import { filterError } from './filter-error.js';
import { resolveField } from './resolve-field.js';
import { type Keyword, type Token, tokenize } from './tokenize.js';

/** UTF-16 units of a filter. */
const maxLength = 10_000;
/** Parentheses, lists, NOTs and minus signs within each other. With `maxChained` it bounds the stack of every walk over a tree. */
const maxDepth = 100;
/** Arithmetic operators and IS NULLs of a filter: they chain without nesting. AND and OR may be many: they make one node. */
const maxChained = 500;

/** SQL's (PostgreSQL's and DuckDB's) binding powers: the higher, the tighter. */
const power = { or: 10, and: 20, not: 30, is: 40, compare: 50, predicate: 60, add: 70, multiply: 80, negate: 90 };

const comparisons: ReadonlySet<string> = new Set<ComparisonOperator>(['=', '<>', '<', '<=', '>', '>=']);
const arithmetic: Readonly<Record<string, number>> = {
  '+': power.add,
  '-': power.add,
  '*': power.multiply,
  '/': power.multiply,
  '%': power.multiply,
};

/** Throws ImgdError(usage) with carets under the first place that isn't grammar or isn't a field. Knows no types. */
export function parse(text: string): Expr {
  if (text.length > maxLength) {
    const problem = `the filter has ${text.length} characters; at most ${maxLength} are read`;
    throw filterError(text, { start: maxLength, end: text.length }, problem);
  }
  const tokens = tokenize(text);
  let position = 0;
  let depth = 0;
  let chained = 0;

  // the last token is `end`, and nobody takes that
  const peek = (): Token => tokens[position]!;
  const next = (): Token => tokens[position++]!;
  const fail = (at: Span, problem: string): never => {
    throw filterError(text, at, problem);
  };
  const expected = (what: string): never => fail(peek(), `expected ${what}, found ${describe(text, peek())}`);
  const isKeyword = (token: Token, value: Keyword) => token.kind === 'keyword' && token.value === value;
  const isSymbol = (token: Token, value: string) => token.kind === 'symbol' && token.value === value;
  const expectKeyword = (value: Keyword): Token => (isKeyword(peek(), value) ? next() : expected(value));
  const expectSymbol = (value: string, orElse = value): Token => (isSymbol(peek(), value) ? next() : expected(orElse));
  const chain = (at: Span): void => {
    if (++chained > maxChained) fail(at, `more than ${maxChained} operators in one filter`);
  };

  /** Everything that binds tighter than `minimum`. */
  function expression(minimum: number): Expr {
    let left = prefix(minimum);
    // a comparison, LIKE or BETWEEN is no operand of its like: `1 < a < 9` is not what it seems
    let ceiling = Number.POSITIVE_INFINITY;
    for (;;) {
      const level = infixPower();
      if (level <= minimum) break;
      if (level > ceiling) fail(peek(), `${describe(text, peek())} can't follow a comparison: use AND or parentheses`);
      ceiling = level === power.compare || level === power.predicate ? level - 1 : Number.POSITIVE_INFINITY;
      left = infix(left, level);
    }
    return left;
  }

  /** The expression that follows a token that may be repeated without end. */
  function nested(opener: Token, minimum: number): Expr {
    if (++depth > maxDepth) fail(opener, `nested more than ${maxDepth} deep`);
    const inner = expression(minimum);
    depth--;
    return inner;
  }

  function prefix(minimum: number): Expr {
    const token = peek();
    const { start, end } = token;
    if (token.kind === 'number' || token.kind === 'string') {
      next();
      return { kind: 'literal', value: token.value, start, end };
    }
    if (token.kind === 'name') return field();
    if (isSymbol(token, '(')) {
      next();
      const inner = nested(token, 0);
      return { ...inner, start, end: expectSymbol(')', ') or an operator').end };
    }
    if (isSymbol(token, '-')) {
      next();
      const operand = nested(token, power.negate);
      return { kind: 'negate', operand, start, end: operand.end };
    }
    if (token.kind === 'keyword') {
      if (token.value === 'NOT') {
        if (minimum > power.not) fail(token, 'NOT needs parentheses here: (NOT …)');
        next();
        const operand = nested(token, power.not);
        return { kind: 'not', operand, start, end: operand.end };
      }
      const value = { NULL: null, TRUE: true, FALSE: false }[token.value as string];
      if (value !== undefined) {
        next();
        return { kind: 'literal', value, start, end };
      }
    }
    return expected('a field or a value');
  }

  function field(): Expr {
    const names = [next()];
    while (isSymbol(peek(), '.')) {
      next();
      names.push(peek().kind === 'name' ? next() : expected('a field'));
    }
    const name = resolveField(
      names.filter((token) => token.kind === 'name'),
      fail,
    );
    return { kind: 'field', name, start: names[0]!.start, end: names.at(-1)!.end };
  }

  /** Of the operator that stands next; 0 where none does. */
  function infixPower(): number {
    const token = peek();
    if (token.kind === 'symbol') return comparisons.has(token.value) ? power.compare : (arithmetic[token.value] ?? 0);
    if (token.kind !== 'keyword') return 0;
    switch (token.value) {
      case 'AND':
        return power.and;
      case 'OR':
        return power.or;
      case 'IS':
        return power.is;
      case 'NOT':
      case 'IN':
      case 'LIKE':
      case 'BETWEEN':
        return power.predicate;
      default:
        return 0;
    }
  }

  function infix(left: Expr, level: number): Expr {
    const token = peek();
    const { start } = left;
    switch (level) {
      case power.or:
      case power.and: {
        const kind = level === power.or ? 'or' : 'and';
        const items = [left];
        while (isKeyword(peek(), level === power.or ? 'OR' : 'AND')) {
          next();
          items.push(expression(level));
        }
        return { kind, items, start, end: items.at(-1)!.end };
      }
      case power.is: {
        chain(next());
        const negated = isKeyword(peek(), 'NOT');
        if (negated) next();
        const { end } = isKeyword(peek(), 'NULL') ? next() : expected(negated ? 'NULL' : 'NULL or NOT NULL');
        return { kind: 'is-null', operand: left, negated, start, end };
      }
      case power.predicate:
        return predicate(left);
      case power.compare: {
        next();
        const right = expression(level);
        const operator = (token as { value: ComparisonOperator }).value;
        return { kind: 'compare', operator, left, right, start, end: right.end };
      }
      default: {
        chain(next());
        const right = expression(level);
        const operator = (token as { value: ArithmeticOperator }).value;
        return { kind: 'arithmetic', operator, left, right, start, end: right.end };
      }
    }
  }

  /** [NOT] IN, [NOT] BETWEEN, [NOT] LIKE. */
  function predicate(operand: Expr): Expr {
    const { start } = operand;
    const negated = isKeyword(peek(), 'NOT');
    if (negated) next();
    const token = peek();
    if (isKeyword(token, 'IN')) {
      next();
      expectSymbol('(', '( and a list of values');
      const items = [nested(token, 0)];
      while (isSymbol(peek(), ',')) {
        next();
        items.push(nested(token, 0));
      }
      return { kind: 'in', operand, items, negated, start, end: expectSymbol(')', ', or )').end };
    }
    if (isKeyword(token, 'BETWEEN')) {
      next();
      const low = expression(power.predicate);
      expectKeyword('AND');
      const high = expression(power.predicate);
      return { kind: 'between', operand, low, high, negated, start, end: high.end };
    }
    if (!isKeyword(token, 'LIKE')) return expected('IN, BETWEEN or LIKE');
    next();
    const pattern = peek();
    if (pattern.kind !== 'string' && !isKeyword(pattern, 'NULL'))
      return expected("a pattern in quotes, such as '%.jpg'");
    const { end } = next();
    return { kind: 'like', operand, pattern: pattern.kind === 'string' ? pattern.value : null, negated, start, end };
  }

  if (peek().kind === 'end') fail(peek(), 'the filter is empty; expected a condition, such as width > 100');
  const whole = expression(0);
  return peek().kind === 'end' ? whole : expected('AND, OR, another operator or the end');
}

const describe = (text: string, { kind, start, end }: Token): string => {
  if (kind === 'end') return 'the end';
  return end - start > 40 ? `${text.slice(start, start + 40)}…` : text.slice(start, end);
};
