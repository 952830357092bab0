import {defineConfig} from 'vitest/config';

const report = process.env.VITEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup-build.ts'],
    testTimeout: 120_000,
    pool: 'forks',
    reporters: report ? ['default', ['json', {outputFile: report}]] : ['default'],
  },
});
