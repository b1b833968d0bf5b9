// Keeps README's option table equal to the flags of `imgctl run`: writes it between the markers. `--check` writes nothing
// and exits 1 where the README differs. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFlags } from '../dist/cli/run-flags.js';

const readme = join(import.meta.dirname, '..', 'README.md');
const begin = '<!-- options: begin (made by scripts/option-table.mjs) -->';
const end = '<!-- options: end -->';

const cell = (text) => text.replaceAll('|', '\\|');

/** Where the default depends on other options, the description says so at its end. */
const saidDefault = / \(default: ([^)]+)\)$/;

/** Defaults that depend on the machine carry a description of their own, so the table is the same everywhere. */
function defaultOf({ description, defaultValue, defaultValueDescription }) {
  const said = saidDefault.exec(description)?.[1] ?? defaultValueDescription;
  if (said !== undefined) return said;
  return defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : `\`${defaultValue}\``;
}

function meaningOf({ description, argChoices }) {
  const text = description.replace(saidDefault, '');
  const missing = argChoices?.filter((choice) => !text.includes(choice)) ?? [];
  return missing.length === 0 ? text : `${text}: ${argChoices.join(', ')}`;
}

const lines = runFlags.flatMap(({ group, options }) => [
  `**${group.replace(/:$/, '')}**`,
  '',
  '| option | what it does | default |',
  '|---|---|---|',
  ...options.map((option) => `| \`${cell(option.flags)}\` | ${cell(meaningOf(option))} | ${cell(defaultOf(option))} |`),
  '',
]);
const table = `${begin}\n\n${lines.join('\n')}\n${end}`;

const text = readFileSync(readme, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from === -1 || to < from) {
  console.error('README.md has lost the markers of its option table');
  process.exit(1);
}
const fresh = text.slice(0, from) + table + text.slice(to + end.length);
if (process.argv.includes('--check')) {
  if (fresh === text) process.exit(0);
  console.error("README.md's option table is not what the flags are: run node scripts/option-table.mjs");
  process.exit(1);
}
if (fresh !== text) writeFileSync(readme, fresh);
