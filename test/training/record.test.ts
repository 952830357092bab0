import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Workload} from '../../src/contract/index.js';
import {checkpointSteps, checkpointSums, readCheckpointAt, readEvents, readTable} from '../../src/runs/index.js';
import {openRecord, type RecordOptions, reservedNames} from '../../src/training/record.js';
import type {Position, TimedEvaluation, WatchedEvent} from '../../src/training/trial-types.js';
import {temporaryFolder} from '../helpers/cli.js';
import {readEventFile} from '../helpers/event-file.js';
import {fakeProgram, tinyWorkload} from '../helpers/fakes.js';

const TIMES = {submission: 12.25, evaluation: 2, logging: 3, total: 20};

/** An evaluation of a step by its validation and its test accuracy. */
const measured = (globalStep: number, validation: number, onTest = 0, loss = 0.5): TimedEvaluation => ({
  globalStep,
  submissionTime: 12.25,
  metrics: {
    ...{'train/accuracy': 0.25, 'train/loss': 1, 'validation/accuracy': validation, 'validation/loss': loss},
    ...{'validation/num_examples': 10, 'test/accuracy': onTest, 'test/loss': 2, 'test/num_examples': 10},
  },
});

const positionAt = (globalStep: number): Position => ({
  globalStep,
  ...{inputPosition: globalStep, times: TIMES, sinceEvaluation: 1, trainingComplete: false, submission: null},
});

/** The record of a run that has nothing yet, with parts of its options replaced. */
function recordOf(options: Partial<RecordOptions> = {}, path = temporaryFolder()) {
  mkdirSync(join(path, 'plots'), {recursive: true});
  const watched: WatchedEvent[] = [];
  const evaluations: TimedEvaluation[] = [];
  let looks = 0;
  const record = openRecord({
    ...{path, experiment: 'first', workload: tinyWorkload, submission: 'cyclic', evaluations},
    ...{tensorboard: false, preemptionCount: 2, plotCount: 0, checkpoints: {keep: 'last'}},
    lock: {requireHeld: () => void looks++, release: () => {}},
    watcher: {event: (event) => watched.push(event), progress: () => {}},
    ...options,
  });
  /** As the loop does it: the evaluation is among the others when it is recorded. */
  const evaluate = async (result: TimedEvaluation) => {
    evaluations.push(result);
    await record.evaluation(result, TIMES);
  };
  const model = {program: fakeProgram({...tinyWorkload.initModel([0, 1]), optimizer: {}})};
  const save = (globalStep: number, latest = evaluations.at(-1)) =>
    record.checkpoint(model, positionAt(globalStep), latest);
  return {path, record, watched, evaluate, save, model, looks: () => looks};
}

/** Text of a file of a run. */
const textOf = (path: string, file: string): string => readFileSync(join(path, file), 'utf8');

const refusing = {
  requireHeld() {
    throw new Error('another process has it');
  },
  release: () => {},
};

describe('an evaluation', () => {
  test('is a row of both tables and an event in words', async () => {
    const {path, record, watched, evaluate, looks} = recordOf();
    await evaluate(measured(7, 0.123456, 0.5, 0.25));
    expect(textOf(path, 'eval_measurements.csv').split('\n')[0]).toBe(
      'accumulated_eval_time,accumulated_logging_time,accumulated_submission_time,global_step,preemption_count,score,test/accuracy,test/loss,test/num_examples,total_duration,train/accuracy,train/loss,validation/accuracy,validation/loss,validation/num_examples',
    );
    expect(textOf(path, 'measurements.csv')).toMatch(/^global_step,grad_norm,loss,accumulated_eval_time,.*\n7,,,2,/);
    const row = {
      ...{accumulated_eval_time: '2', accumulated_logging_time: '3', accumulated_submission_time: '12.25'},
      ...{global_step: '7', preemption_count: '2', score: '12.25', total_duration: '20'},
      ...{'validation/accuracy': '0.123456', 'test/accuracy': '0.5', 'train/loss': '1'},
    };
    expect(readTable(join(path, 'eval_measurements.csv'))).toMatchObject([row]);
    expect(readTable(join(path, 'measurements.csv'))).toMatchObject([{...row, grad_norm: '', loss: ''}]);
    const message = 'step 7: validation accuracy 0.1235, test accuracy 0.5000, validation loss 0.2500 (12.3 s)';
    expect(watched).toEqual([{globalStep: 7, name: 'evaluation', message}]);
    const {events} = readEvents(path);
    expect(events).toEqual([
      {
        ...{time: expect.any(String), global_step: 7, event: 'evaluation', message},
        ...measured(7, 0.123456, 0.5, 0.25).metrics,
      },
    ]);
    expect(Math.abs(Date.parse(events[0]!.time!) - Date.now())).toBeLessThan(60_000);
    expect(looks()).toBe(1);
    record.close();
  });

  test('of the loss as the target, and of no test split, has no more in words', async () => {
    const {test: _, ...examples} = tinyWorkload.examples;
    const workload: Workload = {...tinyWorkload, examples, target: {metric: 'loss', validation: 0.1}};
    const {watched, evaluate} = recordOf({workload});
    await evaluate(measured(7, 0.1, 0.5, 0.25));
    expect(watched[0]!.message).toBe('step 7: validation loss 0.2500 (12.3 s)');
  });

  test('is not written by a process that has lost the run', async () => {
    const {path, evaluate} = recordOf({lock: refusing});
    await expect(evaluate(measured(1, 0.1))).rejects.toThrow('another process has it');
    expect(readdirSync(path)).toEqual(['plots']);
  });

  test('whose loss is not finite is an event once, until it is finite again', async () => {
    const {path, watched, evaluate} = recordOf();
    const losses = [Number.NaN, Number.POSITIVE_INFINITY, 1, 1, Number.POSITIVE_INFINITY];
    for (const [i, loss] of losses.entries()) await evaluate(measured(i + 1, 0.1, 0.1, loss));
    expect(watched.filter(({name}) => name === 'not_finite')).toEqual(
      [1, 5].map((globalStep) => ({
        ...{globalStep, name: 'not_finite'},
        message: `step ${globalStep}: the validation loss is NaN or infinite`,
      })),
    );
    const ofEvaluations = readEvents(path).events.filter(({event}) => event === 'evaluation');
    expect(ofEvaluations.map((event) => event['validation/loss'])).toEqual([null, null, 1, 1, null]);
    expect(readTable(join(path, 'eval_measurements.csv')).map((row) => row['validation/loss'])).toEqual([
      ...['nan', 'inf', '1', '1', 'inf'],
    ]);
  });

  test('whose metric alone is not finite is an event once for each split with a target', async () => {
    const {watched, evaluate} = recordOf();
    const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY];
    await evaluate(measured(1, nan, 0.1));
    await evaluate(measured(2, nan, infinite));
    await evaluate(measured(3, 0.1, nan));
    expect(watched.filter(({name}) => name !== 'evaluation')).toEqual([
      {
        ...{globalStep: 1, name: 'no_value'},
        message:
          "step 1: the validation accuracy is NaN though the loss is finite; the validation target can't be reached by it",
      },
      {
        ...{globalStep: 2, name: 'no_value'},
        message:
          "step 2: the test accuracy is infinite though the loss is finite; the test target can't be reached by it",
      },
    ]);
  });

  test('that is not there is no event of a loss', async () => {
    const {record, watched} = recordOf();
    await record.evaluation(measured(1, 0.1, 0.1, Number.NaN), TIMES);
    expect(watched.map(({name}) => name)).toEqual(['evaluation']);
  });
});

describe('what a submission records', () => {
  test('is in tables and events once it is flushed', async () => {
    const {path, record, watched} = recordOf();
    record.recorder.scalars(3, {loss: 0.5, rate: 2});
    record.recorder.row('reinits', 4, {cause: 'boundary'});
    record.recorder.event(5, {name: 'reset', message: 'a reset', data: {cycle: 1}});
    expect(readdirSync(path)).toEqual(['plots']);
    await record.flush(9);
    expect(readTable(join(path, 'measurements.csv'))).toMatchObject([{global_step: '3', loss: '0.5', rate: '2'}]);
    expect(textOf(path, 'reinits.csv')).toBe('global_step,cause\n4,boundary\n');
    expect(readEvents(path).events).toMatchObject([{global_step: 5, event: 'reset', message: 'a reset', cycle: 1}]);
    expect(watched).toEqual([{globalStep: 5, name: 'reset', message: 'a reset'}]);
    record.close();
    expect(() => record.finish(9, 1)).toThrow('EBADF');
  });

  test('has names of its own', () => {
    const {record} = recordOf({submission: './own.ts'});
    expect(() => record.recorder.row('reinits', 1, {a: 1})).toThrow('reinits');
    expect(() => record.recorder.scalars(1, {score: 1})).toThrow('score');
    expect(() => record.recorder.event(1, {name: 'evaluation', message: ''})).toThrow('evaluation');
    const {scalars, tables, events} = reservedNames({workload: tinyWorkload, submission: './own.ts'});
    expect([...tables].sort()).toEqual([
      'eval_measurements',
      'measurements',
      'reinits',
      'schedule',
      'validation_losses',
    ]);
    const ofTool = ['evaluation', 'not_finite', 'checkpoint'];
    expect(events).toEqual(expect.arrayContaining([...ofTool, 'reset', 'early_stop', 'early_stop_ignored']));
    expect(scalars).toContain('preemption_count');
    const builtIn = reservedNames({workload: tinyWorkload, submission: 'cyclic'});
    expect(builtIn.tables).not.toContain('reinits');
    expect(builtIn.events).not.toContain('reset');
    expect(builtIn.events).toContain('evaluation');
  });

  test('is drawn, in a table, and in the event file of TensorBoard', async () => {
    const {path, record, watched, evaluate} = recordOf({tensorboard: true, plotCount: 3});
    const drawing = {learningRate: () => 0.25, totalSteps: 4, cycles: [{start: 0, end: 4, label: 'constant'}]};
    expect(record.recorder.schedule(drawing as never)).toBe(3);
    await record.flush(6);
    record.recorder.scalars(7, {loss: 0.5});
    await record.flush(7);
    await evaluate(measured(8, 0.5));
    record.finish(9, 0.75);
    record.close();
    expect(readdirSync(join(path, 'plots')).sort()).toEqual(
      ['png', 'svg', 'vl.json'].map((type) => `lr-schedule-3.${type}`),
    );
    expect(JSON.parse(textOf(path, 'plots/lr-schedule-3.vl.json')).title.text).toBe('Learning Rate Schedule: first');
    expect(watched[0]).toEqual({
      ...{globalStep: 6, name: 'schedule'},
      message: `schedule drawn: ${join(path, 'plots', 'lr-schedule-3')}.png`,
    });
    expect(readTable(join(path, 'schedule.csv'))[0]).toEqual({
      ...{schedule: '3', cycle: '1', global_step: '0', learning_rate: '0.25'},
    });
    expect(record.changedFiles()).toEqual([]);
    const {scalars, images, hparams} = readEventFile(path);
    expect(images['lr-schedule-3']!.equals(readFileSync(join(path, 'plots', 'lr-schedule-3.png')))).toBe(true);
    const tags = scalars.map(({tag, step}) => `${tag} ${step}`);
    expect(tags).toEqual(expect.arrayContaining(['loss 7', 'validation/accuracy 8', 'score 9']));
    expect(tags.filter((tag) => tag === 'validation/accuracy 8')).toHaveLength(1);
    expect(tags.filter((tag) => tag.startsWith('eval_measurements'))).toEqual([]);
    expect(hparams).toBeDefined();
  });
});

test('a schedule is drawn without an event file, too', async () => {
  const {path, record} = recordOf({plotCount: 7});
  record.recorder.schedule({learningRate: () => 0.25, totalSteps: 2, cycles: []});
  await record.flush(1);
  expect(readdirSync(join(path, 'plots'))).toContain('lr-schedule-7.png');
  expect(readdirSync(path).filter((name) => name.includes('tfevents'))).toEqual([]);
});

test('the last row of the measurements is the score alone, and no event file is there that was not asked for', () => {
  const {path, record} = recordOf();
  record.finish(9, 0.75);
  const filled = Object.entries(readTable(join(path, 'measurements.csv'))[0]!).filter(([, cell]) => cell !== '');
  expect(filled).toEqual([
    ['global_step', '9'],
    ['preemption_count', '2'],
    ['score', '0.75'],
  ]);
  expect(readdirSync(path).sort()).toEqual(['measurements.csv', 'plots']);
  record.close();
});

describe('what was changed by others', () => {
  test('is named', async () => {
    const {path, record, evaluate} = recordOf();
    await evaluate(measured(1, 0.1));
    expect(record.changedFiles()).toEqual([]);
    for (const file of ['measurements.csv', 'events.jsonl'])
      writeFileSync(join(path, file), textOf(path, file).replace('0.1', '0.9'));
    expect(record.changedFiles().sort()).toEqual(['events.jsonl', 'measurements.csv']);
  });

  test('is not taken over by a checkpoint', async () => {
    const {path, evaluate, save} = recordOf({plotCount: 4});
    await evaluate(measured(1, 0.1));
    const rows = textOf(path, 'eval_measurements.csv').split('\n').slice(1, -1).join('\n');
    writeFileSync(join(path, 'eval_measurements.csv'), textOf(path, 'eval_measurements.csv').replace('0.1', '0.9'));
    await save(1);
    const {extent} = readCheckpointAt(path, 1).metadata as {extent: {[part: string]: object}};
    expect(extent).toMatchObject({lines: {'eval_measurements.csv': 2, 'measurements.csv': 2}, plots: 4});
    expect(extent.sha256).toMatchObject({'eval_measurements.csv': createHash('sha256').update(rows).digest('hex')});
  });
});

describe('a checkpoint', () => {
  test('holds the state, the position, and what is evaluated; its hash is kept', async () => {
    const {path, record, watched, evaluate, save, model, looks} = recordOf();
    await save(1);
    await evaluate(measured(2, 0.1));
    const evalParams = {kernel: {shape: [1], dtype: 'float32' as const, data: Float32Array.of(9)}};
    await record.checkpoint({...model, evalParams: () => evalParams}, positionAt(2), measured(2, 0.1));
    expect(readCheckpointAt(path, 1).metadata).toMatchObject({position: positionAt(1), evaluated: false});
    expect(readCheckpointAt(path, 2).metadata).toMatchObject({position: positionAt(2), evaluated: true});
    expect(readCheckpointAt(path, 1).takeState()).toEqual(model.program.read());
    expect(readCheckpointAt(path, 1).takeEvaluated().params).toEqual(model.program.read().params);
    expect(readCheckpointAt(path, 2).takeEvaluated().params).toEqual(evalParams);
    expect(record.checkpoints()).toEqual(checkpointSums(path));
    expect(Object.keys(record.checkpoints())).toEqual(['step-1.safetensors', 'step-2.safetensors']);
    expect(watched.filter(({name}) => name === 'checkpoint')).toEqual([
      {globalStep: 1, name: 'checkpoint', message: 'checkpoint after step 1'},
      {globalStep: 2, name: 'checkpoint', message: 'checkpoint after step 2'},
    ]);
    expect(looks()).toBe(3);
    // What an earlier process of the run has written is known as well.
    await save(3);
    expect(Object.keys(recordOf({}, path).record.checkpoints())).toEqual(['step-2.safetensors', 'step-3.safetensors']);
    expect(Object.keys(record.checkpoints())).toHaveLength(3);
  });

  test('is not written by a process that has lost the run', async () => {
    const {path, save} = recordOf({lock: refusing});
    await expect(save(1)).rejects.toThrow('another process has it');
    expect(existsSync(join(path, 'checkpoints'))).toBe(false);
  });

  test.each<[number, RecordOptions['checkpoints'], number[]]>([
    [1, {keep: 'last'}, [2, 3]],
    [1, {keep: 'last', keepLast: 1}, [3]],
    [0, {keep: 'last', keepLast: 1}, [1, 2, 3]],
    [1, {keep: 'none'}, [1, 2, 3]],
  ])(
    'that a killed process has left over, at the resumption %i, goes by %j',
    async (preemptionCount, checkpoints, kept) => {
      const {path, save} = recordOf({checkpoints: {keep: 'all'}});
      for (const step of [1, 2, 3]) await save(step);
      recordOf({preemptionCount, checkpoints}, path);
      expect(checkpointSteps(path)).toEqual(kept);
    },
  );

  const GOOD = 0.9;
  const steps = [measured(1, 0.1), measured(2, GOOD), measured(3, 0.95), measured(4, 0.1, GOOD), measured(5, 0.2)];

  test.each<[RecordOptions['checkpoints'], number[]]>([
    [{keep: 'last'}, [2, 4, 6, 7]],
    [{keep: 'last', keepLast: 1}, [2, 4, 7]],
    [{keep: 'best', keepLast: 1}, [2, 3, 4, 7]],
    [{keep: 'all', keepLast: 1}, [1, 2, 3, 4, 5, 6, 7]],
    [{keep: 'none'}, []],
  ])('stays by %j, and where a target was reached first', async (checkpoints, kept) => {
    const {path, record, watched, evaluate, save, looks} = recordOf({checkpoints});
    for (const each of [...steps, measured(6, 0.1), measured(7, 0.1)]) {
      await evaluate(each);
      await save(each.globalStep);
    }
    expect(checkpointSteps(path)).toEqual(kept);
    const written = checkpoints.keep === 'none' ? 0 : 7;
    expect(watched.filter(({name}) => name === 'checkpoint')).toHaveLength(written);
    expect(looks()).toBe(7 + written);
    expect(Object.keys(record.checkpoints())).toHaveLength(written);
  });
});
