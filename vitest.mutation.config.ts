import {defineConfig} from 'vitest/config';

/**
 * The tests of the rooms that `npm run mutation` changes line by line: those that need neither a built tool nor real data, and
 * take no more than a moment each. MUTATION_ROOMS names the rooms whose tests count, where not all of them do.
 */
const rooms = process.env.MUTATION_ROOMS ?? 'schedules,submissions,metrics,training,runs,tuning,scoring,pool';

export default defineConfig({
  test: {
    include: rooms.split(',').map((room) => `test/${room}/**/*.test.ts`),
    exclude: [
      'test/submissions/user.test.ts',
      'test/training/{checkpoints,lazy-model,overshoot,removed-folder,resume,runtime,tensorboard,unwritable}.test.ts',
      'test/tuning/tune.test.ts',
    ],
    testTimeout: 120_000,
  },
});
