// What `npm run demo` does once everything is built: runs the samples as a user would, shows the rows and says where
// everything lies. Safe to repeat: it replaces its own earlier output and nothing else. An argument names another output.
import { spawnSync } from 'node:child_process';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const dist = (path) => join(root, 'dist', ...path.split('/'));
const output = process.argv[2] ?? 'demo-output';
// drops the two grey pictures, so that the rows show all three outcomes; broken.jpg is there to fail
const run = ['run', 'samples', '--filter', 'nChannels > 2', '--annotate', '--overwrite', '--out', output];

/** Shows the command, then runs it in the project's folder. */
function imgctl(args, stdout) {
  const shown = args.map((word) => (/^[\w./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
  console.log(`$ npx imgctl ${shown}`);
  const { status } = spawnSync(process.execPath, [dist('cli/imgctl.js'), ...args], {
    cwd: root,
    stdio: ['ignore', stdout, 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
  console.log('');
}

imgctl(run, 'inherit');
imgctl(['report', output], 'ignore');

const { readRows } = await import(pathToFileURL(dist('io/read-output.js')).href);
const { renderRunTable } = await import(pathToFileURL(dist('cli/table.js')).href);
const rows = [];
for await (const row of readRows(resolve(root, output))) rows.push(row);
process.stdout.write(renderRunTable(rows, process.stdout));

const places = [
  ['rows', 'data', 'Parquet: pandas, DuckDB and Spark read it as it is'],
  ['pictures', 'annotated', 'each with its label'],
  ['report', 'report.html', 'open it in a browser'],
].map(([what, name, note]) => [what, relative(process.cwd(), resolve(root, output, name)), note]);
const width = Math.max(...places.map(([, path]) => path.length));
console.log(`
${places.map(([what, path, note]) => `${what.padEnd(8)}  ${path.padEnd(width)}  ${note}`).join('\n')}

Next, from ${relative(process.cwd(), root) || 'here'}:
  npx imgctl show ${output} --limit 5
  npx imgctl run ~/photos --out labels
  npx imgctl run ~/photos --preset spark --out labels-spark
  npx imgctl --help`);
