import {defineConfig} from 'vitest/config';

const report = process.env.VITEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup-build.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // As many as a run uses threads: no file of tests depends on another, or on how long anything takes.
    maxWorkers: 2,
    reporters: report ? ['default', ['json', {outputFile: report}]] : ['default'],
  },
});
