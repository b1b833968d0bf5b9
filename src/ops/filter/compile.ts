import { check } from './check.js';
import { condition } from './evaluator.js';
import type { Expr } from './expr.js';
import { type FieldName, type FilterRecord, filterFields } from './fields.js';
import { parse } from './parse.js';

/** `clause` is a part of the user's own text; ` is unknown` follows it where NULL decided. */
export type Verdict = { readonly keep: true } | { readonly keep: false; readonly clause: string };

export interface Filter {
  readonly text: string;
  /** What it asks for, in the order of `filterFields`. */
  readonly fields: readonly FieldName[];
  /** Never throws. Allocates nothing. */
  test(record: FilterRecord): Verdict;
}

const kept: Verdict = { keep: true };

/**
 * A SQL-like condition over a {@link FilterRecord}, ready to run. An image is kept where it is true; false and unknown
 * (NULL) drop it, and the verdict names the first clause of the outermost ANDs that isn't true.
 * Throws ImgdError(usage) with carets under the place where the text is wrong.
 */
export function compileFilter(text: string): Filter {
  const whole = parse(text);
  check(text, whole);
  const clauses = conjuncts(whole).map((expr) => {
    const clause = text.slice(expr.start, expr.end);
    return {
      holds: condition(expr),
      whenFalse: { keep: false, clause } as const,
      whenUnknown: { keep: false, clause: `${clause} is unknown` } as const,
    };
  });
  const used = new Set(fieldsOf(whole));
  return {
    text,
    fields: filterFields.map(({ name }) => name).filter((name) => used.has(name)),
    test(record) {
      for (const { holds, whenFalse, whenUnknown } of clauses) {
        const value = holds(record);
        if (value !== true) return value === null ? whenUnknown : whenFalse;
      }
      return kept;
    },
  };
}

const conjuncts = (expr: Expr): readonly Expr[] => (expr.kind === 'and' ? expr.items.flatMap(conjuncts) : [expr]);

function fieldsOf(expr: Expr): readonly FieldName[] {
  switch (expr.kind) {
    case 'literal':
      return [];
    case 'field':
      return [expr.name];
    case 'and':
    case 'or':
      return expr.items.flatMap(fieldsOf);
    case 'arithmetic':
    case 'compare':
      return [expr.left, expr.right].flatMap(fieldsOf);
    case 'between':
      return [expr.operand, expr.low, expr.high].flatMap(fieldsOf);
    case 'in':
      return [expr.operand, ...expr.items].flatMap(fieldsOf);
    default:
      return fieldsOf(expr.operand);
  }
}
