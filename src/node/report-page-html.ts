/** HTML by template: whatever is put in is text, unless a template made it. */
export interface Html {
  readonly markup: string;
}

export type Fragment = string | number | Html | null | readonly Fragment[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/**
 * `` html`<b title="${name}">${name}</b>` ``: strings and numbers are escaped for text and for quoted attributes (they must be
 * quoted); null is nothing; lists follow one another. A line break of the template and its indentation are nothing beside a
 * tag or a value, and one space inside of text.
 */
export const html = (parts: TemplateStringsArray, ...values: readonly Fragment[]): Html => ({
  markup: parts.map((part, place) => joined(part) + markupOf(values[place] ?? null)).join(''),
});

const joined = (part: string): string => part.replace(/(^|>)\n\s*|\n\s*(?=<|$)/g, '$1').replace(/\n\s*/g, ' ');

/** Labels are words joined by underscores: a line may break after one. */
export const breakable = (label: string): Html => ({ markup: escapeHtml(label).replaceAll('_', '_<wbr>') });

function markupOf(value: Fragment): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(markupOf).join('');
}
