import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test, vi} from 'vitest';
import {listRuns, readResult} from '../../src/runs/index.js';
import {finished, start, testBackend, writeConfig} from '../helpers/cli.js';
import {type Change, folderWithSubmission, runIn, startSubmission} from '../helpers/submission.js';

/** A result that could be a run's. */
const FORGED = {
  ...{status: 'target_reached', reason: 'done', workload: 'mnist', experiment: 'a', path: '', globalStep: 2},
  ...{metric: 'accuracy', best: {globalStep: 2, seconds: 1, value: 0.999}, last: {}, official: true},
  ...{timeToTarget: {globalStep: 2, seconds: 1}, timeToTestTarget: null, trainingComplete: true},
  ...{times: {submission: 1, evaluation: 1, logging: 0, total: 2}, overshootSeconds: 0, notOfficialBecause: []},
};

const FORGE = (run: string): string =>
  `const fs = process.getBuiltinModule('fs'); fs.writeFileSync('${run}/result.json', ${JSON.stringify(JSON.stringify(FORGED))});`;
const RUN = 'experiments/a/mnist_tfjs/trial_1';

const inStep = (code: string): Change => ['return {};', `{ ${code} }\n  return {};`];

/** A submission that does something in its first step. */
const submissionThat = (code: string): string => folderWithSubmission(inStep(code));

function isNotBelieved(folder: string): void {
  expect(readResult(runIn(folder))).toBeUndefined();
  const [run] = listRuns(join(folder, 'experiments'));
  expect(run).toMatchObject({timeToTarget: null, official: null});
  expect(['interrupted', 'damaged']).toContain(run!.status);
}

describe('a result that a submission writes itself is not believed', () => {
  const killed = "process.kill(process.pid, 'SIGKILL'); for (;;);";

  test('where it ends its process: the file is removed, and the run can be resumed', async () => {
    const folder = submissionThat(`${FORGE(RUN)} fs.rmSync('${RUN}/LOCK'); ${killed}`);
    const {code, stdout, stderr} = await finished(startSubmission(folder));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${RUN}/result.json was not written by the run, which has no result; it is removed`);
    expect(existsSync(join(runIn(folder), 'result.json'))).toBe(false);
    isNotBelieved(folder);
  });

  test('where it ends the supervising process, too: the lock is still there', async () => {
    const folder = submissionThat(`${FORGE(RUN)} process.kill(process.ppid, 'SIGKILL'); ${killed}`);
    const {code} = await finished(startSubmission(folder));
    expect(code).toBe(null);
    expect(existsSync(join(runIn(folder), 'result.json'))).toBe(true);
    // Nothing waits for the run's own process: its parent has gone.
    await vi.waitFor(() => isNotBelieved(folder), {timeout: 20_000});
    const [run] = listRuns(join(folder, 'experiments'));
    expect(run!.damage).toBe('result.json was written before the run had ended: LOCK is still there');
  });

  test('where it is interrupted, and writes it once more on the way out', async () => {
    const late = `process.once('exit', () => { ${FORGE(RUN)} });`;
    const folder = submissionThat(
      `if (!globalThis.done) { globalThis.done = true; ${late} process.kill(process.pid, 'SIGTERM'); }`,
    );
    const {code, stderr} = await finished(startSubmission(folder));
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('which has no result; it is removed');
    isNotBelieved(folder);
  });
});

describe('in trials', () => {
  const trial = 'experiments/a/study_1/mnist_tfjs/trial_1';
  const words = ['--tuning-ruleset', 'self', '--num-studies', '1', '--max-global-steps', '2'];

  test('a result that is changed on the way out is restored', async () => {
    const folder = submissionThat(`process.once('exit', () => { ${FORGE(trial)} });`);
    const {code, stderr} = await finished(startSubmission(folder, ...words));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${trial}/result.json was changed after the run had ended`);
    expect(readResult(join(folder, trial))).toMatchObject({status: 'stopped', globalStep: 2, timeToTarget: null});
  });

  test('one that is written before the process is killed is no success: the trial has failed', async () => {
    const folder = submissionThat(
      `${FORGE(trial)} fs.rmSync('${trial}/LOCK'); process.kill(process.pid, 'SIGKILL'); for (;;);`,
    );
    const {code, stderr} = await finished(startSubmission(folder, ...words));
    expect(code, stderr).toBe(3);
    expect(readResult(join(folder, trial))).toMatchObject({status: 'failed', official: false});
  });
});

test('in a sweep: the run is not over', async () => {
  const run = 'experiments/s/seed=1/mnist_tfjs/trial_1';
  const report = `fs.writeSync(4, '\\n{"report": {"end": "complete"}}\\n');`;
  const end = `${report} process.kill(process.pid, 'SIGKILL'); for (;;);`;
  const folder = submissionThat(`${FORGE(run)} fs.rmSync('${run}/LOCK'); ${end}`);
  writeConfig(folder, 'submission: ./mine.ts\nevaluation: {every_steps: 1000}\n');
  writeFileSync(
    join(folder, 'sweep.yaml'),
    'name: s\nmethod: grid\nconfig: small.yaml\nworkloads: [mnist]\nseeds: [1]\n',
  );
  const {stderr} = await finished(
    start(folder, ['sweep', 'sweep.yaml', '--data-dir', 'data', '--backend', testBackend]),
  );
  expect(existsSync(join(folder, run, 'LOCK')), stderr).toBe(false);
  expect(readResult(join(folder, run)), stderr).toBeUndefined();
  expect(readFileSync(join(folder, 'experiments/s/sweep.csv'), 'utf8')).not.toContain('target_reached');
});
