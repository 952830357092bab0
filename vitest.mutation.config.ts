import {defineConfig} from 'vitest/config';

/** The tests of the rooms that `npm run mutation` changes line by line: those that need neither a built tool nor real data. */
export default defineConfig({
  test: {
    include: ['test/{schedules,submissions,metrics,training,runs}/**/*.test.ts'],
    exclude: ['test/submissions/user.test.ts', 'test/training/runtime.test.ts'],
    testTimeout: 120_000,
  },
});
