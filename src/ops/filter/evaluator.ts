import { typeOf } from './check.js';
import type { ArithmeticOperator, ComparisonOperator, Expr, Value } from './expr.js';
import type { FilterRecord } from './fields.js';
import { likeMatcher } from './like.js';

/** True, false, or null for unknown. */
export type Condition = (record: FilterRecord) => boolean | null;

type Evaluator = (record: FilterRecord) => Value;
type Numeric = (record: FilterRecord) => number | null;

/** `expr` has passed `check` and is a condition: the casts below rest on that. */
export const condition = (expr: Expr): Condition => evaluator(expr) as Condition;

function evaluator(expr: Expr): Evaluator {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr;
      return () => value;
    }
    case 'field':
      return readers[expr.name];
    case 'negate': {
      const operand = evaluator(expr.operand) as Numeric;
      return (record) => {
        const value = operand(record);
        return value === null ? null : -value;
      };
    }
    case 'not':
      return not(condition(expr.operand));
    case 'and':
      return junction(expr.items.map(condition), false);
    case 'or':
      return junction(expr.items.map(condition), true);
    case 'arithmetic':
      return arithmetic(expr.operator, evaluator(expr.left) as Numeric, evaluator(expr.right) as Numeric);
    case 'compare':
      return comparison(expr.operator, expr.left, expr.right);
    case 'between': {
      const low = comparison('>=', expr.operand, expr.low);
      const high = comparison('<=', expr.operand, expr.high);
      return negatable(expr.negated, junction([low, high], false));
    }
    case 'in':
      return negatable(expr.negated, membership(evaluator(expr.operand), expr.items));
    case 'is-null': {
      const operand = evaluator(expr.operand);
      return expr.negated ? (record) => operand(record) !== null : (record) => operand(record) === null;
    }
    case 'like': {
      if (expr.pattern === null) return () => null;
      const operand = evaluator(expr.operand) as (record: FilterRecord) => string | null;
      const matches = likeMatcher(expr.pattern);
      return negatable(expr.negated, (record) => {
        const value = operand(record);
        return value === null ? null : matches(value);
      });
    }
  }
}

/** A property read that is known when it is compiled is several times faster than one by a variable's name. */
const readers: { readonly [K in keyof FilterRecord]: (record: FilterRecord) => FilterRecord[K] } = {
  origin: (record) => record.origin,
  name: (record) => record.name,
  format: (record) => record.format,
  height: (record) => record.height,
  width: (record) => record.width,
  nChannels: (record) => record.nChannels,
  mode: (record) => record.mode,
  bytes: (record) => record.bytes,
  orientation: (record) => record.orientation,
  pixels: (record) => record.pixels,
  aspect: (record) => record.aspect,
  has_alpha: (record) => record.has_alpha,
  space: (record) => record.space,
};

const not =
  (operand: Condition): Condition =>
  (record) => {
    const value = operand(record);
    return value === null ? null : !value;
  };

const negatable = (negated: boolean, inner: Condition): Condition => (negated ? not(inner) : inner);

/** AND is decided by the first false, OR by the first true; else one unknown makes the whole unknown. */
const junction =
  (items: readonly Condition[], decisive: boolean): Condition =>
  (record) => {
    let result: boolean | null = !decisive;
    for (const item of items) {
      const value = item(record);
      if (value === decisive) return decisive;
      if (value === null) result = null;
    }
    return result;
  };

const operations: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? Number.NaN : a / b),
  '%': (a, b) => a % b,
};

/** IEEE doubles; `/` never rounds to integers, `%` has the sign of its left operand. What is no number is NULL. */
function arithmetic(operator: ArithmeticOperator, left: Numeric, right: Numeric): Numeric {
  const operation = operations[operator];
  return (record) => {
    const a = left(record);
    if (a === null) return null;
    const b = right(record);
    if (b === null) return null;
    const result = operation(a, b);
    return Number.isNaN(result) ? null : result;
  };
}

type Decision<T> = (a: T, b: T) => boolean;

/** Numbers, and booleans: FALSE < TRUE. */
const decisions: Readonly<Record<ComparisonOperator, Decision<number>>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const stringDecisions: Readonly<Record<ComparisonOperator, Decision<string>>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => precedes(a, b),
  '<=': (a, b) => !precedes(b, a),
  '>': (a, b) => precedes(b, a),
  '>=': (a, b) => !precedes(a, b),
};

/** By code points, as UTF-8 bytes would be ordered: JavaScript's own order puts U+FF5E after an emoji. */
function precedes(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! < b.codePointAt(i)!;
  }
  return a.length < b.length;
}

function comparison(operator: ComparisonOperator, leftExpr: Expr, rightExpr: Expr): Condition {
  const strings = typeOf(leftExpr) === 'string' || typeOf(rightExpr) === 'string';
  const decide = (strings ? stringDecisions : decisions)[operator] as Decision<Value>;
  const left = evaluator(leftExpr);
  const right = evaluator(rightExpr);
  return (record) => {
    const a = left(record);
    if (a === null) return null;
    const b = right(record);
    return b === null ? null : decide(a, b);
  };
}

/** Not a member is known only where no item is NULL. */
function membership(operand: Evaluator, items: readonly Expr[]): Condition {
  const literals = new Set<Value>();
  const others: Evaluator[] = [];
  for (const item of items) {
    if (item.kind === 'literal') literals.add(item.value);
    else others.push(evaluator(item));
  }
  const unequal = literals.delete(null) ? null : false;
  return (record) => {
    const value = operand(record);
    if (value === null) return null;
    if (literals.has(value)) return true;
    let result: boolean | null = unequal;
    for (const other of others) {
      const candidate = other(record);
      if (candidate === value) return true;
      if (candidate === null) result = null;
    }
    return result;
  };
}
