// What a test run left out, and its counts on one line: `node scripts/test-summary.mjs RESULTS.json` (vitest's JSON reporter).
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const results = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = results.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, status }) => ({ file: basename(name), fullName, status })),
);
const of = (...statuses) => tests.filter(({ status }) => statuses.includes(status));
const skipped = of('skipped', 'pending', 'todo');
if (skipped.length > 0) console.log('skipped, and why it stands in their names:');
for (const { file, fullName } of skipped) console.log(`  ${file}: ${fullName}`);
console.log(`${of('passed').length} passed, ${of('failed').length} failed, ${skipped.length} skipped`);
process.exitCode = results.success ? 0 : 1;
