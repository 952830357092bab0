import {expect, test} from 'vitest';
import {checkSubmission, type ProblemName} from '../../src/checking/index.js';
import {type SubmissionName, submissionNames} from '../../src/submissions/index.js';
import {testBackend} from '../helpers/cli.js';

/** Its inverse roots of larger matrices take half a minute on wasm. */
const PROBLEMS: {readonly [name: string]: readonly ProblemName[]} = {shampoo: ['batch-norm', 'unknown-targets']};

/** Graphs of all of them would take minutes to make: one with resets, one that evaluates other parameters. */
const names: readonly SubmissionName[] =
  testBackend === 'tensorflow' ? ['cyclic', 'schedule_free_adamw'] : submissionNames;

test.each(names)('%s passes every check', async (submission) => {
  const {checks, findings} = await checkSubmission({
    submission,
    problems: PROBLEMS[submission],
    backend: testBackend,
  });
  expect(findings).toEqual([]);
  expect(checks.filter(({passed}) => passed !== true)).toEqual([]);
});
