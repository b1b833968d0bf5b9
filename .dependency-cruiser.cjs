// The arrows of ARCHITECTURE.md: cli -> node -> {scheduler, io, ops} -> base; io -> ops for types alone.
const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
module.exports = {
  forbidden: [
    never(
      'no-circular',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      'a cycle has no first file to read',
    ),
    never(
      'base-is-a-leaf',
      { path: '^src/base' },
      { path: '^src/(ops|scheduler|io|node|cli)' },
      'base knows no image and no cluster',
    ),
    never('ops-below-node', { path: '^src/ops' }, { path: '^src/(scheduler|io|node|cli)' }, 'ops knows pixels alone'),
    never(
      'scheduler-is-pure',
      { path: '^src/scheduler' },
      { path: '^src/(ops|io|node|cli)' },
      'the scheduler knows names alone',
    ),
    never(
      'scheduler-does-no-io',
      { path: '^src/scheduler' },
      { dependencyTypes: ['core', 'npm'] },
      'no files, sockets or timers',
    ),
    never('io-below-node', { path: '^src/io' }, { path: '^src/(scheduler|node|cli)' }, 'io moves bytes'),
    never(
      'io-to-ops-types-only',
      { path: '^src/io' },
      { path: '^src/ops', dependencyTypesNot: ['type-only'] },
      'io names rows, it makes none',
    ),
    never('node-below-cli', { path: '^src/node' }, { path: '^src/cli' }, 'a daemon has no terminal'),
    never(
      'nothing-imports-tests',
      { path: '^src' },
      { path: '^(test|bench)' },
      'tests look at the code, never the other way',
    ),
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
