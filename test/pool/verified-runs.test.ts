import {join} from 'node:path';
import {expect, test} from 'vitest';
import {scoreRuns, type VerifyRun} from '../../src/pool/index.js';
import {UserError} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

const passed = {isConsistent: true, isOfficial: true, findings: [{outcome: 'passed', message: 'all is well'}]};
const contradicted = {
  isConsistent: false,
  isOfficial: false,
  findings: [...passed.findings, {outcome: 'failed', message: 'a row was changed'}],
};

/** Two submissions with a run each, which say of themselves that they are official. */
function pool(): string {
  const folder = temporaryFolder();
  for (const experiment of ['a', 'b']) writeRun(folder, {experiment, study: 1, accuracies: [0.5, 0.99]});
  return folder;
}

const officialOf = async (dir: string, verify?: VerifyRun) => {
  const {scores, problems, verified, pool} = await scoreRuns({dirs: [dir], verify});
  return {
    verified,
    runs: pool.runs,
    reached: Object.fromEntries(scores.map(({submission, reached, runs}) => [submission, [reached, runs]])),
    official: Object.fromEntries(scores.map(({submission, official}) => [submission, official])),
    wrong: problems.filter(({kind}) => kind === 'not verified'),
  };
};

test('a run is official if its verification says so', async () => {
  const dir = pool();
  expect((await officialOf(dir)).official).toEqual({a: true, b: true});
  const verified = await officialOf(dir, async (path) => (path.includes(join('a', 'study_1')) ? passed : contradicted));
  expect(verified.official).toEqual({a: true, b: false});
  expect(verified.wrong).toMatchObject([
    {submission: 'b', workload: 'mnist', trial: 'trial_1', what: 'left out: a row was changed'},
  ]);
});

test('a run that does not pass is left out, and its study has missed the target', async () => {
  const dir = pool();
  expect(await officialOf(dir)).toMatchObject({verified: null, runs: 2, reached: {a: [1, 1], b: [1, 1]}});
  const found = [1, 2, 3].map((n) => ({outcome: 'failed', message: `row ${n} was changed`}));
  const verified = await officialOf(dir, async (path) =>
    path.includes(join('a', 'study_1')) ? passed : {...contradicted, findings: found},
  );
  expect(verified).toMatchObject({
    verified: {passed: 1, leftOut: 1, others: 0},
    runs: 1,
    reached: {a: [1, 1], b: [0, 0]},
    wrong: [{what: 'left out: row 1 was changed; 2 more by `algoperf-ts verify`'}],
  });
});

test('a run that can not be verified is not official, and hides no other', async () => {
  const verify: VerifyRun = async (path) => {
    if (path.includes(join('b', 'study_1'))) throw new UserError('it is running');
    return passed;
  };
  const {official, wrong} = await officialOf(pool(), verify);
  expect(official).toEqual({a: true, b: false});
  expect(wrong.map(({what}) => what)).toEqual(["left out: it can't be verified: it is running"]);
});

test('--strict refuses what did not pass', async () => {
  const strict = {dirs: [pool()], strict: true, numStudies: 1, numTrials: 1};
  await expect(scoreRuns({...strict, verify: async () => passed})).resolves.toMatchObject({problems: []});
  await expect(scoreRuns({...strict, verify: async () => contradicted})).rejects.toThrow('a row was changed');
  await expect(
    scoreRuns({
      ...strict,
      verify: async () => {
        throw new Error('a fault');
      },
    }),
  ).rejects.toThrow('a fault');
});
