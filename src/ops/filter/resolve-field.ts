import type { Span } from './expr.js';
import { type FieldName, filterFields } from './fields.js';
import { nearest } from './nearest.js';

type Name = Span & { readonly value: string; readonly quote: '' | '`' | '"' };

const byLowerCase = new Map<string, FieldName>(filterFields.map(({ name }) => [name.toLowerCase(), name]));
const all = filterFields.map(({ name }) => name);

/**
 * The field that `height`, `image.height` or another spelling of them means, case ignored. `fail` is called with the
 * part of the name that is wrong and throws.
 */
export function resolveField(names: readonly Name[], fail: (at: Span, problem: string) => never): FieldName {
  const last = names.at(-1)!;
  const [first] = names;
  if (names.length > 2) fail(names[2]!, 'a field has no parts; expected image.<field> or <field>');
  if (names.length === 2 && first!.value.toLowerCase() !== 'image') {
    fail(first!, `unknown table "${first!.value}"; only image may stand before a field`);
  }
  return byLowerCase.get(last.value.toLowerCase()) ?? fail(last, unknown(last));
}

function unknown({ value, quote }: Name): string {
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  const close = nearest(value, all);
  if (close !== undefined) return `unknown field "${shown}"; did you mean ${close}?`;
  if (quote === '"') return `unknown field "${shown}"; a string stands in single quotes: '${shown}'`;
  return `unknown field "${shown}"; the fields are ${all.join(', ')}`;
}
