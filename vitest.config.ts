import { defineConfig } from 'vitest/config';

// forks: native addons must not share a process with vitest's own threads
export default defineConfig({
  test: { include: ['test/**/*.test.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 60_000, hookTimeout: 120_000 },
});
