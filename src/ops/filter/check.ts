import type { Expr } from './expr.js';
import { type FieldType, filterFields } from './fields.js';
import { filterError } from './filter-error.js';

/** NULL has no type of its own: it goes with any. */
export type Type = FieldType | 'null';

const fieldTypes = new Map(filterFields.map(({ name, type }) => [name, type]));

/** Holds for an expression that `check` has let through. */
export function typeOf(expr: Expr): Type {
  switch (expr.kind) {
    case 'literal':
      return expr.value === null ? 'null' : (typeof expr.value as FieldType);
    case 'field':
      return fieldTypes.get(expr.name)!;
    case 'negate':
    case 'arithmetic':
      return 'number';
    default:
      return 'boolean';
  }
}

const articles: Readonly<Record<Type, string>> = {
  number: 'a number',
  string: 'a string',
  boolean: 'a condition (true or false)',
  null: 'NULL',
};

/** Throws ImgdError(usage) with carets under the first operand, from the left, of a wrong type. Nothing is converted. */
export function check(text: string, whole: Expr): void {
  const fail = (at: Expr, problem: string): never => {
    throw filterError(text, at, problem);
  };
  const named = ({ start, end }: Expr) =>
    end - start > 40 ? `${text.slice(start, start + 40)}…` : text.slice(start, end);
  const is = (expr: Expr) => `${named(expr)} is ${articles[typeOf(expr)]}`;

  const need = (expr: Expr, type: FieldType, who: string): void => {
    visit(expr);
    const found = typeOf(expr);
    if (found !== type && found !== 'null') fail(expr, `${who} needs ${articles[type]}, but ${is(expr)}`);
  };

  /** Each of `others` must be comparable with `first`, or, where that is NULL, with the first that isn't. */
  const alike = (first: Expr, others: readonly Expr[]): void => {
    visit(first);
    let reference = first;
    for (const other of others) {
      visit(other);
      if (typeOf(reference) === 'null') reference = other;
      else if (typeOf(other) !== 'null' && typeOf(other) !== typeOf(reference)) {
        fail(other, `can't compare: ${is(reference)}, but ${is(other)}`);
      }
    }
  };

  function visit(expr: Expr): void {
    switch (expr.kind) {
      case 'literal':
      case 'field':
        break;
      case 'negate':
        need(expr.operand, 'number', '-');
        break;
      case 'not':
        need(expr.operand, 'boolean', 'NOT');
        break;
      case 'and':
      case 'or':
        for (const item of expr.items) need(item, 'boolean', expr.kind.toUpperCase());
        break;
      case 'arithmetic':
        for (const side of [expr.left, expr.right]) need(side, 'number', expr.operator);
        break;
      case 'compare':
        alike(expr.left, [expr.right]);
        break;
      case 'between':
        alike(expr.operand, [expr.low, expr.high]);
        break;
      case 'in':
        alike(expr.operand, expr.items);
        break;
      case 'is-null':
        visit(expr.operand);
        break;
      case 'like':
        need(expr.operand, 'string', 'LIKE');
        break;
    }
  }

  need(whole, 'boolean', 'a filter');
}
