import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {type TrainOptions, train} from '../../src/training/index.js';
import {examineRun, type Verification} from '../../src/verification/index.js';
import {temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

function newFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  return folder;
}

/** Runs in this process, and gives the folder of the run. */
async function run(folder: string, more: Partial<TrainOptions> = {}): Promise<string> {
  const {path} = await train({
    workload: 'mnist',
    config: join(folder, 'small.yaml'),
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    dataDir: join(folder, 'data'),
    backend: testBackend,
    ...more,
  });
  return path;
}

async function passed(path: string): Promise<Verification> {
  const verified = await examineRun(path);
  expect(verified.findings.filter(({outcome}) => outcome === 'failed')).toEqual([]);
  expect(verified.isConsistent).toBe(true);
  return verified;
}

test('a run that was stopped, and resumed twice', async () => {
  const folder = newFolder();
  await passed(await run(folder, {maxGlobalSteps: 15}));
  await passed(await run(folder, {maxGlobalSteps: 15, resume: true}));
  await passed(await run(folder, {maxGlobalSteps: 31, resume: true}));
  await passed(await run(folder, {resume: true}));
});

test('an interrupted run, which is not over', async () => {
  const folder = newFolder();
  const stop = new AbortController();
  const path = await run(folder, {
    signal: stop.signal,
    watcher: {event: ({globalStep}) => globalStep >= 20 && stop.abort()},
  });
  const {notOfficialBecause, findings} = await passed(path);
  expect(notOfficialBecause).toContain('the run is not over');
  expect(findings).toContainEqual({check: 'result', outcome: 'unchecked', message: 'the run is not over'});
  await passed(await run(folder, {resume: true}));
});

test.skipIf(testBackend !== 'tensorflow')(
  'a run begun on one engine, gone on with on another: on each of them',
  async () => {
    const folder = newFolder();
    await run(folder, {maxGlobalSteps: 10, backend: 'wasm'});
    const path = await run(folder, {resume: true});
    await passed(path);
    const {findings} = await examineRun(path, {backend: 'wasm'});
    expect(findings.filter(({outcome}) => outcome === 'failed')).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({check: 'evaluations', message: expect.stringContaining('but for rounding')}),
    );
  },
);

test.each(['last', 'none'])('a run that keeps its checkpoints by %s', async (keep) => {
  await passed(await run(newFolder(), {set: [`checkpoints.keep=${keep}`]}));
});

test.each(['schedule_free_adamw', 'nadamw'])('a run of %s, by time and with a limit', async (submission) => {
  const folder = newFolder();
  await passed(await run(folder, {config: undefined, submission, maxGlobalSteps: 30, maxRuntime: 50}));
});

test('a run of official data that has spent its time may count', async () => {
  const folder = temporaryFolder();
  const official = {config: undefined, dataDir: undefined, submission: 'momentum', maxRuntime: 4};
  expect(await passed(await run(folder, official))).toMatchObject({isOfficial: true, notOfficialBecause: []});
});
