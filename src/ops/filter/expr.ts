import type { FieldName } from './fields.js';

/** Place in the filter's text, in UTF-16 units, `end` exclusive. A parenthesised expression's span holds its parentheses. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** NULL is `null`: unknown, not false. */
export type Value = number | string | boolean | null;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** `items` of and/or has two or more; an `in` has one or more. */
export type Expr = Span &
  (
    | { readonly kind: 'literal'; readonly value: Value }
    | { readonly kind: 'field'; readonly name: FieldName }
    | { readonly kind: 'negate' | 'not'; readonly operand: Expr }
    | { readonly kind: 'and' | 'or'; readonly items: readonly Expr[] }
    | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Expr; readonly right: Expr }
    | { readonly kind: 'compare'; readonly operator: ComparisonOperator; readonly left: Expr; readonly right: Expr }
    | { readonly kind: 'is-null'; readonly operand: Expr; readonly negated: boolean }
    | { readonly kind: 'in'; readonly operand: Expr; readonly items: readonly Expr[]; readonly negated: boolean }
    | {
        readonly kind: 'between';
        readonly operand: Expr;
        readonly low: Expr;
        readonly high: Expr;
        readonly negated: boolean;
      }
    /** The pattern is a literal, so that its matcher is built once. */
    | { readonly kind: 'like'; readonly operand: Expr; readonly pattern: string | null; readonly negated: boolean }
  );
