import type {ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {type TuningResult, tune} from '../../src/tuning/index.js';
import {cli, filesBelow, finished, numbersOf, start, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** Numbers in [0, 1) that are the same in every run of the test. */
function* drawn(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** The numbers of a trial, by table. */
function tablesIn(run: string): unknown {
  return ['eval_measurements.csv', 'measurements.csv', 'schedule.csv'].map((name) => numbersOf(join(run, name)));
}

const TUNED = {
  workload: 'mnist',
  submission: 'nadamw',
  tuningSearchSpace: 'nadamw',
  numTuningTrials: 5,
  numStudies: 3,
  rngSeed: 1,
  backend: 'wasm',
  set: [
    ...['evaluation={every_steps: 2, stop_at_target: false}', 'schedule={budget_steps: 5}'],
    ...['batch_size=16', 'checkpoints.keep=last'],
  ],
};

/** Ends a process at the n-th thing that it says of its trials, or so many milliseconds after it. */
async function kill(child: ChildProcess, {n, milliseconds}: {n: number; milliseconds: number}): Promise<void> {
  const end = finished(child);
  let seen = 0;
  child.stderr!.on('data', (text) => {
    const before = seen;
    seen += String(text).match(/begins|continues|drawn:|step \d+:/g)?.length ?? 0;
    if (before < n && seen >= n) void setTimeout(milliseconds).then(() => child.kill('SIGKILL'));
  });
  await end;
}

test('3 studies of 5 trials at the published points of nadamw, killed 5 times, are as if never killed', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  const words = [
    ...[
      'run',
      '--workload',
      'mnist',
      '--submission',
      'nadamw',
      '--tuning-search-space',
      'nadamw',
      '--num-tuning-trials',
      '5',
    ],
    ...['--num-studies', '3', '--rng-seed', '1', '--experiment-name', 'a', '--data-dir', 'data', '--backend', 'wasm'],
    ...TUNED.set.flatMap((change) => ['--set', change]),
  ];
  const moments = drawn(16);
  for (let i = 0; i < 5; i++) {
    const [n, milliseconds] = [1 + Math.floor(moments.next().value * 15), moments.next().value * 200];
    await kill(start(folder, words), {n, milliseconds});
  }
  const {code, stdout, stderr} = await cli(folder, [...words, '--json']);
  expect(code, stderr).toBe(0);
  const experiment = join(folder, 'experiments', 'a');
  const {trials} = JSON.parse(stdout) as TuningResult;
  expect(trials.map(({study, trial, globalStep}) => [study, trial, globalStep])).toEqual(
    [1, 2, 3].flatMap((study) => [1, 2, 3, 4, 5].map((trial) => [study, trial, 5])),
  );
  expect(new Set(trials.map(({rngSeed}) => rngSeed)).size).toBe(15);
  // Nothing twice, nothing lost: each trial has each evaluation once, and there is nothing but the trials.
  const steps = trials.map(({path}) =>
    numbersOf(join(folder, path, 'eval_measurements.csv')).map((row) => row.global_step),
  );
  expect(steps).toEqual(Array(15).fill(['1', '2', '4', '5']));
  expect(readdirSync(experiment).sort()).toEqual(['mnist_tuning.json', 'study_1', 'study_2', 'study_3']);
  expect(filesBelow(experiment).filter((name) => /LOCK|tmp/.test(name))).toEqual([]);
  // Those that were killed in their middle, and one that was not, beside the same trial run alone.
  const resumed = trials.filter(({path}) => existsSync(join(folder, path, 'flags_1.json')));
  expect(resumed.length).toBeGreaterThan(0);
  for (const {study, trial, path} of [...resumed, trials.at(-1)!]) {
    const indices = {study: study!, hparamStartIndex: trial - 1, hparamEndIndex: trial};
    const places = {experimentDir: join(folder, 'alone'), experimentName: 'a', dataDir: join(folder, 'data')};
    const [alone] = (await tune({...TUNED, ...indices, ...places})).trials;
    expect(tablesIn(join(folder, path)), path).toEqual(tablesIn(alone!.path));
  }
}, 600_000);
