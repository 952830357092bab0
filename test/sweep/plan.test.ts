import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {modulesOf, planSweep, readSweep, type SweepPlan} from '../../src/sweep/index.js';
import {temporaryFolder, writeConfig} from '../helpers/cli.js';

/** A plan of a sweep over the config of two short cycles. */
async function planOf(text: string): Promise<SweepPlan> {
  const folder = temporaryFolder();
  const config = join(folder, writeConfig(folder));
  const file = join(folder, 'sweep.yaml');
  writeFileSync(file, text.replace('CONFIG', config));
  return planSweep(readSweep(file));
}

/** Its message, without the folder's name. */
async function refusalOf(text: string): Promise<string> {
  const error = await planOf(text).then(
    () => undefined,
    (reason: Error) => reason,
  );
  return (error?.message ?? 'not refused').replaceAll(/\S*\/(sweep|small)\.yaml/g, '$1.yaml');
}

const GRID = `method: grid
config: CONFIG
workloads: [mnist]
`;

test('every run has its checked config, name and seed', async () => {
  const {runs} = await planOf(`${GRID}name: rates
seeds: [1, 2]
parameters:
  learning_rate: {values: [1e-3, 2e-3]}
  schedule: {parameters: {alter_decays: {value: [0, 0.5]}}}
  early_stopping: {value: null}
`);
  expect(runs.map(({experiment, seed}) => [experiment, seed])).toEqual([
    ['rates/learning_rate=0.001,seed=1', 1],
    ['rates/learning_rate=0.001,seed=2', 2],
    ['rates/learning_rate=0.002,seed=1', 1],
    ['rates/learning_rate=0.002,seed=2', 2],
  ]);
  const {config} = runs[2]!.run.loaded as unknown as {
    config: {hyperparameters: {learningRate: number}; schedule: object};
  };
  expect(config.hyperparameters.learningRate).toBe(0.002);
  expect(config.schedule).toMatchObject({alterDecays: [0, 0.5]});
  expect(runs[2]!.run.overrides).toEqual({
    'hyperparameters.learning_rate': 0.002,
    'schedule.alter_decays': [0, 0.5],
    early_stopping: null,
  });
});

test('built-in workloads and submissions are no modules of the user', async () => {
  expect(modulesOf(await planOf(`${GRID}parameters: {learning_rate: {values: [1e-3, 2e-3]}}\n`))).toEqual([]);
});

test('submissions of other kinds each have their own config', async () => {
  const {runs} = await planOf(
    'method: grid\nworkloads: [mnist]\nsubmissions: [adamw, lion]\nparameters: {learning_rate: {values: [0.1]}}\n',
  );
  expect(runs.map(({name, run}) => [name, run.loaded.config.submission])).toEqual([
    ['submission=adamw,learning_rate=0.1,seed=0', 'adamw'],
    ['submission=lion,learning_rate=0.1,seed=0', 'lion'],
  ]);
});

test('where and exclude compare keys with values, with each other, and lengths', async () => {
  const {runs} = await planOf(`${GRID}seeds: [1, 2]
parameters:
  learning_rate: {values: [1e-3, 2e-3]}
  schedule.alter_decays: {values: [[0, 0], [0]]}
where: schedule.alter_decays.length = schedule.alter_warmups.length and hyperparameters.learning_rate < 0.01
exclude: [seed = 2 and learning_rate = 0.002, reset.method = multiply]
`);
  expect(runs.map(({settings}) => settings.map(({value}) => value))).toEqual([
    [0.001, [0, 0], 1],
    [0.001, [0, 0], 2],
    [0.002, [0, 0], 1],
  ]);
});

describe('mistakes', () => {
  test('of the file come all at once, each with its place', async () => {
    expect(
      (
        await refusalOf(`method: gird
workload: mnist
seeds: []
parameters:
  a: {values: []}
  b: {distribution: log_uniform, min: 1, max: 2}
  c: {min: 3, max: 1}
  d: {min: 0.0, max: 1, q: 2}
  e: {values: [1, 2, 1], probabilities: [0.5, 0.6]}
  f: {parameters: {g: 1}, value: 2}
  h: {min: 0, max: 1.5, distribution: int_uniform}
  i.: {value: 1}
  j: {}
  k: {distribution: log_uniform_values, min: 0, max: 1}
`)
      ).split('\n'),
    ).toEqual([
      'sweep.yaml:1:1: workloads: is missing',
      'sweep.yaml:1:9: method: must be one of grid, random, halton, found "gird" (did you mean `grid`?)',
      'sweep.yaml:2:1: workload: there is no such key; did you mean `workloads`?',
      'sweep.yaml:3:1: seeds: must have at least one entry, found []',
      'sweep.yaml:5:7: parameters.a.values: must have at least one entry, found []',
      expect.stringMatching(
        /^sweep.yaml:6:21: parameters.b.distribution: must be one of .*; log_uniform takes exponents of e: give the values themselves to log_uniform_values$/,
      ),
      'sweep.yaml:7:20: parameters.c.max: must be at least min, which is 3, found 1',
      'sweep.yaml:8:25: parameters.d.q: means nothing for the distribution uniform',
      'sweep.yaml:9:22: parameters.e.values[2]: 1 is there twice',
      'sweep.yaml:9:26: parameters.e.probabilities: must have one entry for each of the 3 values, found 2',
      'sweep.yaml:10:23: parameters.f.parameters.g: must be a mapping such as {value: 1}, {values: [1, 2]} or {min: 1, max: 2}, found 1',
      'sweep.yaml:10:27: parameters.f.value: cannot stand beside `parameters`',
      'sweep.yaml:11:20: parameters.h.max: must be an integer, found 1.5',
      'sweep.yaml:12:3: parameters.i.: must be a key of the config, such as learning_rate or schedule.alter_decays',
      'sweep.yaml:13:3: parameters.j: needs `value`, `values`, `min` and `max`, `distribution`, or `parameters` below it',
      'sweep.yaml:14:46: parameters.k.min: must be above 0 for the distribution log_uniform_values, found 0',
    ]);
  });

  test("of the runs' configs come before the first starts, at the values that they are from", async () => {
    expect(
      await refusalOf(`${GRID}parameters:
  learnin_rate: {values: [1, 2]}
  schedule.alter_decays: {values: [[0, 0], [0]]}
`),
    ).toBe(`sweep.yaml:5:27: hyperparameters.learnin_rate: there is no such key; did you mean \`learning_rate\`?
sweep.yaml:6:44: schedule.alter_decays: the lists must have one entry per cycle, all of one length: warmup_schedule_fns 2, decay_schedule_fns 2, alter_decays 1, alter_warmups 2
sweep.yaml:5:30: hyperparameters.learnin_rate: there is no such key; did you mean \`learning_rate\`?
4 of 4 runs are refused, so none is started; combinations that make no sense are left out by \`where\` or \`exclude\``);
  });

  test.each([
    [
      'x: {min: 0.0, max: 1}',
      '',
      'sweep.yaml:5:3: parameters.x: uniform has no list of values for `method: grid`; give `values`, int_uniform or q_uniform of fewer values, or draw by random or halton',
    ],
    [
      'a: {min: 1, max: 2000}\n  b: {min: 1, max: 2000}',
      '',
      'sweep.yaml:4:1: parameters: the grid has 4000000 combinations, at most 1000000 are looked through',
    ],
    [
      'learning_rate: {value: 1}\n  x: {parameters: {y: {value: 1}}}\n  x.y: {value: 2}',
      '',
      'sweep.yaml:7:3: parameters.x.y: the key x.y is given twice',
    ],
    [
      'submission: {values: [adamw]}',
      '',
      'sweep.yaml:5:3: parameters.submission: cannot be a parameter; give `submissions`, a list beside `parameters`',
    ],
    [
      'seed: {values: [1, 2]}\n  workload: {value: mnist}',
      '',
      `sweep.yaml:5:3: parameters.seed: cannot be a parameter; give \`seeds\`, a list beside \`parameters\`
sweep.yaml:6:3: parameters.workload: cannot be a parameter; give \`workloads\`, a list beside \`parameters\``,
    ],
    [
      'learning_rate: {values: [0.1, 0.2], probabilities: [0.5, 0.5]}',
      'rng_seed: 1',
      `sweep.yaml:5:39: parameters.learning_rate.probabilities: means nothing with \`method: grid\`
sweep.yaml:6:1: rng_seed: means nothing with \`method: grid\``,
    ],
    ['schedule: {parameters: {}}', '', 'sweep.yaml:5:14: parameters.schedule.parameters: must have at least one key'],
    [
      'evaluation: {values: [{every_steps: 5, stop_at_target: true}, {stop_at_target: true, every_steps: 5}]}',
      '',
      'sweep.yaml:5:65: parameters.evaluation.values[1]: {"stop_at_target":true,"every_steps":5} is there twice',
    ],
    [
      'learning_rate: {value: 0.1}',
      'submissions: [adamv]',
      expect.stringMatching(
        /^sweep.yaml:6:15: submissions\[0\]: there is no submission 'adamv'. Did you mean `adamw`\?/,
      ),
    ],
    [
      'learning_rate: {value: 0.1}',
      'where: constructor = 1',
      expect.stringMatching(/^sweep.yaml:6:8: where: there is no key 'constructor'; there are: /),
    ],
    ['learning_rate: {value: 0.1}', 'where: ""', 'sweep.yaml:6:8: where: must not be empty'],
    ['learning_rate: {value: -1}', '', expect.stringMatching(/^1 of 1 run is refused, so none is started; /m)],
    ['learning_rate: {value: 1}', 'seeds: [1, 1]', 'sweep.yaml:6:12: seeds[1]: 1 is there twice'],
    [
      'learning_rate: {value: 1}',
      'where: learning_rat = 1',
      "sweep.yaml:6:8: where: there is no key 'learning_rat'; did you mean `learning_rate`?\n  learning_rat = 1\n  ^",
    ],
    [
      'learning_rate: {value: 1}',
      'where: seed = learning_rat.length',
      "sweep.yaml:6:8: where: there is no key 'learning_rat.length'; did you mean `learning_rate`?\n  seed = learning_rat.length\n  ^",
    ],
    [
      'learning_rate: {value: 1}',
      'exclude: [seed =]',
      'sweep.yaml:6:11: exclude: expected a value, found the end\n  seed =\n        ^',
    ],
    ['learning_rate: {value: 1}', 'exclude: [seed = 0]', 'sweep.yaml:6:1: exclude: no run is left'],
    [
      'learning_rate: {value: 1}',
      'metric: {name: acuracy}',
      "sweep.yaml:6:16: metric.name: mnist has no metric 'acuracy'; did you mean `accuracy`?",
    ],
    [
      'learning_rate: {value: 1}',
      'metric: {name: accuracy, goal: minimize}',
      'sweep.yaml:6:32: metric.goal: must be maximize, the goal of accuracy in mnist, found minimize',
    ],
    [
      'learning_rate: {value: 1}',
      'early_terminate: {type: envelope, min_iter: 0, eta: 1}',
      `sweep.yaml:6:25: early_terminate.type: must be one of hyperband, found "envelope"
sweep.yaml:6:45: early_terminate.min_iter: must be at least 1, found 0
sweep.yaml:6:53: early_terminate.eta: must be above 1, found 1`,
    ],
    [
      'learning_rate: {value: 1}',
      'early_terminate: {type: hyperband}\nmetric: {name: time_to_target}',
      `sweep.yaml:6:1: early_terminate: needs min_iter, or max_iter and s
sweep.yaml:7:16: metric.name: early_terminate needs a metric that every evaluation has, found time_to_target`,
    ],
    [
      'learning_rate: {value: 1}',
      'early_terminate: {type: hyperband, min_iter: 3, max_iter: 2}',
      `sweep.yaml:6:36: early_terminate.min_iter: cannot stand beside max_iter, from which the brackets are counted back
sweep.yaml:6:49: early_terminate.max_iter: needs s, the number of brackets before it
sweep.yaml:6:59: early_terminate.max_iter: must be at least eta, which is 3, for one bracket before it, found 2`,
    ],
    [
      'learning_rate: {value: 1}',
      'early_terminate: {type: hyperband, min_iter: 3, s: 2}',
      'sweep.yaml:6:49: early_terminate.s: means nothing without max_iter',
    ],
    [
      'learning_rate: {value: 1}\n  hyperparameters.learning_rate: {value: 2}',
      '',
      'sweep.yaml:6:3: parameters.hyperparameters.learning_rate: hyperparameters.learning_rate is set by the parameter learning_rate already',
    ],
    [
      'evaluation.every_steps: {value: 6}\n  evaluation: {value: {every_steps: 5}}',
      '',
      'sweep.yaml:5:3: parameters.evaluation.every_steps: evaluation.every_steps is set by the parameter evaluation already',
    ],
    [
      'learning_rate: {values: [.nan]}',
      'seeds: [-1, 9007199254740993]',
      `sweep.yaml:5:28: parameters.learning_rate.values[0]: must be a string, a number, true or false, null, a list or a mapping, found .nan
sweep.yaml:6:9: seeds[0]: must be at least 0, found -1
sweep.yaml:6:13: seeds[1]: must be at most 9007199254740991, found 9007199254740992`,
    ],
    [
      'learning_rate: {min: 1, max: 1000}',
      `seeds: [${Array.from({length: 200}, (_, i) => i)}]`,
      'sweep.yaml:4:1: parameters: there are more than 100000 runs, the most that are allowed; run_cap takes the first ones',
    ],
    [
      'learning_rate: {distribution: log_uniform_values, min: 1e-320, max: 1}',
      'run_cap: 0',
      `sweep.yaml:5:58: parameters.learning_rate.min: is too near 0 for the distribution log_uniform_values, found 1e-320
sweep.yaml:6:10: run_cap: must be at least 1, found 0`,
    ],
    [
      'learning_rate: {value: 1}',
      'name: ../x',
      "sweep.yaml:6:7: name: '../x' can't be a folder's name; allowed are names and paths such as 'first' or 'sweep/lr-1e-3'",
    ],
  ])('%s %s', async (parameters, more, message) => {
    expect(await refusalOf(`${GRID}parameters:\n  ${parameters}\n${more}\n`)).toEqual(message);
  });

  test.each(['random', 'halton'])('%s needs the number of runs', async (method) => {
    expect(await refusalOf(`method: ${method}\nworkloads: [mnist]\n`)).toBe(
      `sweep.yaml:1:9: method: ${method} needs run_cap, the number of runs: its points have no end`,
    );
  });

  test('an unknown workload is told before its sample of a config', async () => {
    expect(await refusalOf('method: grid\nconfig: single-cycle\nworkloads: [mnits]\n')).toMatch(
      /^sweep.yaml:3:13: workloads\[0\]: there is no workload 'mnits'. Did you mean `mnist`\?/,
    );
  });

  test('a list is no sweep', async () => {
    expect(await refusalOf('[1]')).toBe(
      'sweep.yaml:1:1: must be a mapping with method, workloads and parameters, found [1]',
    );
  });
});

test('seeds have a config in common', async () => {
  const {runs} = await planOf(`method: random
run_cap: 1000
config: CONFIG
workloads: [mnist]
seeds: [1, 2, 3, 4, 5]
parameters: {learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}}
`);
  expect(runs).toHaveLength(1000);
  expect(new Set(runs.map(({run}) => run)).size).toBe(200);
  expect(new Set(runs.map(({name}) => name)).size).toBe(1000);
});
