import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {InitContext, Program, Submission, Workload} from '../../src/contract/index.js';
import {arraySource, createInputQueue} from '../../src/data/index.js';
import {foldIn, keyFromSeed, openEngine, split, tf} from '../../src/engine/index.js';
import {mean, targetRuleOf} from '../../src/metrics/index.js';
import {evaluatedModel} from '../../src/training/evaluate.js';
import {budgetSecondsOf, evaluationKey, evaluationsIn, prepare, type TrialSource} from '../../src/training/prepare.js';
import {createProfiler} from '../../src/training/profiler.js';
import type {Position} from '../../src/training/trial-types.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {trialWith} from '../helpers/trial.js';

beforeAll(() => openEngine('wasm'));

const SEED = 7;
const KEYS = split(keyFromSeed(SEED), 5);

const vector = (...values: number[]) => ({
  shape: [values.length],
  dtype: 'float32' as const,
  data: Float32Array.from(values),
});
const examples = (size: number) => arraySource({number: vector(...Array.from({length: size}, (_, i) => i))});

/** Its only metric is the sum of the parameters. */
const workload: Workload = {
  ...tinyWorkload,
  evaluation: {
    entries: {
      sums: ({params}) => ({total: tf.sum((params as {kernel: never}).kernel), calls: tf.scalar(1)}),
    },
    metrics: [mean('total', {per: 'calls'})],
  },
};

/** What is prepared of a run, with what its submission was given, and what was written. */
async function prepared(
  change: Partial<Omit<TrialSource, 'options'>> & {options?: object} = {},
  own: Partial<Submission> = {},
) {
  const given: InitContext[] = [];
  const flushed: number[] = [];
  const base = trialWith({});
  const submission: Submission = {
    ...base.submission,
    getBatchSize: () => 3,
    initOptimizerState: (context) => {
      given.push(context);
      return {init: {}, entries: {}, save: () => null};
    },
    ...own,
  };
  const {options, ...rest} = change;
  const trial = await prepare({
    options: {
      ...{workload, submission, watcher: base.watcher, signal: base.signal},
      loaded: {config: {own: 'config', evaluation: {everySteps: undefined, stopAtTarget: true}}},
      ...options,
    } as never,
    dataset: {train: examples(10), validation: examples(4), test: examples(2), source: 'here'},
    engineChange: () => undefined,
    evaluations: [],
    profiler: undefined,
    folder: {seed: SEED, checkpoint: undefined},
    record: {...base.record, flush: async (globalStep) => void flushed.push(globalStep)},
    ...rest,
  });
  return {trial, given, flushed, submission};
}

/** The run's state and position at a checkpoint. */
function checkpointAt(position: Partial<Position> = {}): TrialSource['folder'] {
  const whole: Position = {
    ...{globalStep: 5, inputPosition: 4, sinceEvaluation: 2, trainingComplete: true, submission: {saved: 1}},
    times: {submission: 10, evaluation: 20, logging: 30, total: 70},
    ...position,
  };
  return {
    seed: SEED,
    checkpoint: {
      metadata: {position: whole, extent: {lines: {}, plots: 0}} as never,
      takeState: () => ({params: {kernel: vector(8, 9)}, modelState: {}, optimizer: {}}) as never,
    },
  };
}

const paramsOf = (program: Program) => program.leaves().params;

describe('a trial at the beginning', () => {
  test('has the keys of its seed', async () => {
    const {trial, given} = await prepared();
    const [dataKey, optimizerKey, modelKey, stepKey, ofEvaluations] = KEYS;
    expect([given[0]!.key, trial.stepKey, evaluationKey(SEED)]).toEqual([optimizerKey, stepKey, ofEvaluations]);
    expect(paramsOf(trial.program)).toEqual(workload.initModel(foldIn(modelKey!, 0)).params);
    expect(given[0]!.model.params).toEqual(paramsOf(trial.program));
    const queue = createInputQueue({source: examples(10), batchSize: 3, key: dataKey!});
    expect(await trial.inputQueue.next()).toEqual(await queue.next());
    expect([trial.inputQueue.batchSize, Object.isFrozen(trial.inputQueue)]).toEqual([3, true]);
  });

  test('has what its options say, and no progress', async () => {
    const evaluations = [{globalStep: 1, submissionTime: 1, metrics: {}}];
    const judge = async () => undefined;
    const {trial, given, flushed, submission} = await prepared({evaluations, options: {maxGlobalSteps: 9, judge}});
    const config = {own: 'config', evaluation: {everySteps: undefined, stopAtTarget: true}};
    expect(given[0]).toMatchObject({workload: {name: 'tiny'}, config});
    expect('saved' in given[0]!).toBe(false);
    expect(trial).toMatchObject({workload: {name: 'tiny'}, config, evalParams: undefined});
    expect([trial.submission === submission, typeof trial.optimizerState.save]).toEqual([true, 'function']);
    expect(trial.rules).toEqual({
      ...{evalEverySteps: undefined, target: targetRuleOf(tinyWorkload), stopAtTarget: true},
      ...{budgetSeconds: 60, maxGlobalSteps: 9, judge},
    });
    expect(trial.progress).toEqual({
      ...{globalStep: 0, evaluations, trainingComplete: false, lastEvaluationAt: undefined},
      ...{yieldedAt: Number.NEGATIVE_INFINITY, loss: undefined, learningRate: undefined},
    });
    expect(trial.progress.evaluations).toBe(evaluations);
    expect(flushed).toEqual([0]);
    expect(trial.clock.read()).toMatchObject({submission: 0, evaluation: 0});
  });

  test('is evaluated on all its splits, and by what its evalParams give', async () => {
    const plain = await prepared();
    expect(plain.trial.evalParams).toBeUndefined();
    plain.trial.program.write({params: {kernel: vector(1, 2)}, modelState: {}, optimizer: {}} as never);
    expect(await plain.trial.evaluate()).toEqual({
      ...{'train/total': 3, 'validation/total': 3, 'validation/num_examples': 4},
      ...{'test/total': 3, 'test/num_examples': 2},
    });
    const {trial} = await prepared(
      {},
      {
        initOptimizerState: () => ({
          ...{init: {average: vector(4, 5)}, entries: {}, save: () => null},
          evalParams: (optimizer) => ({kernel: (optimizer as {average: never}).average}),
        }),
      },
    );
    expect(trial.evalParams!()).toEqual({kernel: vector(4, 5)});
    expect(evaluatedModel(trial.program).params).toEqual({kernel: vector(4, 5)});
    expect(await trial.evaluate()).toMatchObject({'validation/total': 9});
    expect(trial.program.leaves().optimizer).toEqual({average: vector(4, 5)});
  });

  test('is not evaluated where something of the engine was replaced', async () => {
    const {trial} = await prepared({engineChange: () => 'tf.add'});
    await expect(trial.evaluate()).rejects.toThrow('tf.add was replaced while the run was under way');
  });

  test('runs the entries of its submission, compiled or step by step', async () => {
    for (const compile of [true, false]) {
      let calls = 0;
      const {trial} = await prepared(
        {options: {compile}},
        {
          initOptimizerState: () => ({
            ...{init: {}, save: () => null},
            entries: {
              step(state) {
                calls += 1;
                return {state, outputs: {one: tf.scalar(1)}};
              },
            },
          }),
        },
      );
      for (let i = 0; i < 3; i++) expect(trial.program.run('step', {}).number('one')).toBe(1);
      // Without graphs each step is the function itself.
      if (!compile) expect(calls).toBeGreaterThanOrEqual(3);
    }
  });

  test('writes what was recorded while it was made, on the clock of logging', async () => {
    const {record} = trialWith({});
    let total = 0;
    const {trial} = await prepared({
      record: {
        ...record,
        async flush() {
          const begin = performance.now();
          while (performance.now() < begin + 2) await null;
          total = performance.now() - begin;
        },
      },
    });
    expect(trial.clock.read().logging * 1000).toBeGreaterThanOrEqual(total);
  });

  test('refuses what is no state of an optimizer', async () => {
    await expect(prepared({}, {initOptimizerState: () => null as never})).rejects.toThrow('initOptimizerState must');
  });

  test('is timed in parts where it is profiled', async () => {
    const profiler = createProfiler();
    await prepared({profiler});
    expect(profiler.calls().map(({section}) => section)).toEqual(['Initializing optimizer', 'Initializing model']);
  });
});

describe('a trial at a checkpoint', () => {
  test('continues from there, with what its submission saved', async () => {
    const {trial, given, flushed} = await prepared({folder: checkpointAt()});
    expect(given[0]!.saved).toEqual({saved: 1});
    expect(flushed).toEqual([5]);
    expect(paramsOf(trial.program)).toEqual({kernel: vector(8, 9)});
    expect(trial.progress).toMatchObject({globalStep: 5, trainingComplete: true});
    expect(trial.clock.now() - trial.progress.lastEvaluationAt!).toBeGreaterThanOrEqual(2000);
    expect(trial.clock.now() - trial.progress.lastEvaluationAt!).toBeLessThan(60_000);
    expect(trial.clock.read()).toMatchObject({submission: 10, evaluation: 20});
    const queue = createInputQueue({source: examples(10), batchSize: 3, key: KEYS[0]!, position: 4});
    expect([trial.inputQueue.position, await trial.inputQueue.next()]).toEqual([4, await queue.next()]);
  });

  test('that was not evaluated yet has no time of an evaluation', async () => {
    const {trial} = await prepared({folder: checkpointAt({sinceEvaluation: null, trainingComplete: false})});
    expect(trial.progress).toMatchObject({lastEvaluationAt: undefined, trainingComplete: false});
  });

  test('makes no model that nothing asks for', async () => {
    let made = 0;
    const counted: Workload = {
      ...workload,
      initModel: (key) => {
        made += 1;
        return workload.initModel(key);
      },
    };
    await prepared({folder: checkpointAt(), options: {workload: counted}});
    expect(made).toBe(0);
    await prepared({options: {workload: counted}});
    expect(made).toBe(1);
  });
});

test.each<[string, {everySteps?: number; maxRuntime?: number; tuning?: object}, number | undefined]>([
  ['by time', {}, 60],
  ['that tunes itself', {tuning: {ruleset: 'self'}}, 90],
  ['by steps', {everySteps: 4}, undefined],
  ['by steps that is limited all the same', {everySteps: 4, maxRuntime: 5}, 5],
  ['of no time', {maxRuntime: 0}, 0],
])('the budget of a run %s', (_, {everySteps, ...options}, seconds) => {
  const loaded = {config: {evaluation: {everySteps, stopAtTarget: true}}};
  expect(budgetSecondsOf({workload, loaded, ...options} as never)).toBe(seconds);
});

describe('evaluations of a table', () => {
  const COLUMNS = [
    ...['global_step', 'accumulated_submission_time'],
    ...['train', 'validation', 'test'].flatMap((split) => [`${split}/accuracy`, `${split}/loss`]),
    ...['validation/num_examples', 'test/num_examples'],
  ];
  const tableOf = (...rows: string[][]): string => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'eval_measurements.csv'), [COLUMNS, ...rows].map((row) => `${row.join()}\n`).join(''));
    return path;
  };
  const row = ['3', '1.5', '0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '10', '20'];

  test('are read as they were written, NaN and infinities too', () => {
    const path = tableOf(row, row.with(0, '4').with(3, 'nan').with(5, 'inf'));
    const metrics = {
      ...{'train/accuracy': 0.1, 'train/loss': 0.2, 'validation/accuracy': 0.3, 'validation/loss': 0.4},
      ...{'test/accuracy': 0.5, 'test/loss': 0.6, 'validation/num_examples': 10, 'test/num_examples': 20},
    };
    expect(evaluationsIn(path, tinyWorkload)).toEqual([
      {globalStep: 3, submissionTime: 1.5, metrics},
      {
        ...{globalStep: 4, submissionTime: 1.5},
        metrics: {...metrics, 'train/loss': Number.NaN, 'validation/loss': Number.POSITIVE_INFINITY},
      },
    ]);
    expect(evaluationsIn(temporaryFolder(), tinyWorkload)).toEqual([]);
  });

  test.each([
    ['', "''"],
    ['many', "'many'"],
  ])('that are no number (%j) are named by their line', (cell, found) => {
    const path = tableOf(row, row.with(2, cell));
    expect(() => evaluationsIn(path, tinyWorkload)).toThrow(
      `${join(path, 'eval_measurements.csv')}:3: train/accuracy must be a number, found ${found}; the table is damaged`,
    );
  });

  test('of a table without a column are none', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'eval_measurements.csv'), 'accumulated_submission_time\n1\n');
    expect(() => evaluationsIn(path, tinyWorkload)).toThrow("csv:2: global_step must be a number, found ''");
  });
});
