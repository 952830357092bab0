import {defineConfig} from 'vitest/config';

/**
 * The tests of the rooms that `npm run mutation` changes line by line: those that need neither a built tool nor real data, and
 * take no more than a moment each. MUTATION_ROOMS names the rooms whose tests count, where not all of them do.
 */
const rooms = process.env.MUTATION_ROOMS ?? 'schedules,submissions,metrics,training,runs,tuning,scoring,pool';

/** They replace modules of their own: nothing that they load may be what the others have loaded. */
const replacing = [
  'test/runs/no-hard-links.test.ts',
  'test/runs/user-code.test.ts',
  'test/submissions/own-shapes.test.ts',
  'test/training/estimate.test.ts',
  'test/training/finish.test.ts',
  'test/training/late-code.test.ts',
  'test/training/leak.test.ts',
  'test/training/load-run.test.ts',
  'test/training/start.test.ts',
  'test/training/train.test.ts',
  'test/tuning/run-trials.test.ts',
  'test/verification/claimed-run.test.ts',
];

const others = [
  'test/submissions/user.test.ts',
  'test/training/{checkpoints,failed-run,lazy-model,outside-changes,overshoot,profiled-run}.test.ts',
  'test/training/{removed-folder,resume,runtime,tensorboard,unwritable}.test.ts',
  'test/tuning/tune.test.ts',
  'test/verification/{clock,every-field,honest,kinds}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'together',
          include: rooms.split(',').map((room) => `test/${room}/**/*.test.ts`),
          exclude: [...others, ...replacing],
          // Modules are loaded once for all tests and changes, which is many times as fast.
          isolate: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'apart',
          include: replacing.filter((file) => rooms.split(',').includes(file.split('/')[1]!)),
          testTimeout: 120_000,
        },
      },
    ],
  },
});
