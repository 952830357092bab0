import {defineConfig} from 'vitest/config';

/**
 * The tests of the rooms that `npm run mutation` changes line by line: those that need neither a built tool nor real data, and
 * take no more than a moment each.
 */
export default defineConfig({
  test: {
    include: ['test/{schedules,submissions,metrics,training,runs}/**/*.test.ts'],
    exclude: ['test/submissions/user.test.ts', 'test/training/{lazy-model,resume,runtime,unwritable}.test.ts'],
    testTimeout: 120_000,
  },
});
