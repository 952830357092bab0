import {resolve} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {recordNames} from '../../src/contract/index.js';
import {cyclic} from '../../src/submissions/cyclic/index.js';
import {drawing, fromRecord, toRecord} from '../../src/submissions/cyclic/progress.js';
import {DivergedError} from '../../src/support/index.js';
import {drive, fakeRecorder, tinyWorkload} from '../helpers/fakes.js';

const three = {
  hyperparameters: {
    optimizer: 'adamw',
    learningRate: 1,
    oneMinusBeta1: 0.1,
    beta2: 0.99,
    weightDecay: 0,
    warmupFactor: 0.1,
  },
  schedule: {
    warmupScheduleFns: ['linear', 'linear', 'linear'],
    decayScheduleFns: ['constant', 'constant', 'constant'],
    alterDecays: [0, 1, 2],
    alterWarmups: [0, 0, 0],
    budgetSteps: 300,
  },
  reset: {method: 'reinit', alpha: 0.5},
  earlyStopping: {enabled: true, epsilon: 0.1, epsilon2: 0.01, recoveryTime: 3, smoothing: 1},
  logging: {everySteps: 100},
};
const one = {
  ...three,
  schedule: {
    ...three.schedule,
    warmupScheduleFns: ['none'],
    decayScheduleFns: ['cosine'],
    alterDecays: [0],
    alterWarmups: [0],
  },
};

function kernelOf(state: {params: unknown}): number[] {
  return [...(state.params as {kernel: {data: Float32Array}}).kernel.data];
}

describe('planned boundaries', () => {
  test('reset at each boundary, once, and end at the budget', async () => {
    const {recorder, results} = await drive(cyclic, three, {steps: 300});
    expect(recorder.rows.map(({table, globalStep, values}) => [table, globalStep, values.cause])).toEqual([
      ['reinits', 100, 'boundary'],
      ['reinits', 200, 'boundary'],
    ]);
    expect(recorder.schedules).toEqual([{totalSteps: 300, starts: [0, 100, 200], ends: [100, 200, 300]}]);
    expect(results.map(({trainingComplete}) => trainingComplete).lastIndexOf(false)).toBe(298);
    expect(results[299]!.trainingComplete).toBe(true);
  });

  test('the rate of a boundary is the first warm-up step of the next cycle', async () => {
    const {program} = await drive(cyclic, three, {steps: 300});
    expect([99, 100, 101, 110, 199, 200, 210].map((step) => program.calls[step]!.learningRate)).toEqual([
      1, 0, 0.2, 2, 2, 0, 3,
    ]);
  });

  test('every reset brings other parameters, the same ones for the same seed', async () => {
    const first = await drive(cyclic, three, {steps: 150});
    const again = await drive(cyclic, three, {steps: 150});
    const later = await drive(cyclic, three, {steps: 250});
    expect(kernelOf(first.program.read())).toEqual(kernelOf(again.program.read()));
    expect(kernelOf(first.program.read())).not.toEqual(kernelOf(later.program.read()));
  });

  test('a single cycle is never reset', async () => {
    const {recorder, saved} = await drive(cyclic, one, {steps: 300});
    expect(recorder.rows).toEqual([]);
    expect(saved).toMatchObject({has_multiple: false, reinit_times: []});
  });

  test('rows of training values come with the first step and every hundredth', async () => {
    const {recorder, program} = await drive(cyclic, three, {steps: 250});
    expect(recorder.values.map(({globalStep}) => globalStep)).toEqual([1, 100, 200]);
    expect(program.calls.filter(({entry}) => entry === 'loggedStep')).toHaveLength(3);
  });
});

describe('early stopping', () => {
  const rising = {20: {loss: 1}, 40: {loss: 2}};

  test('a stop shares what is left among the cycles to come, and draws a new picture', async () => {
    const {recorder, saved} = await drive(cyclic, three, {steps: 300, evaluations: rising});
    // The evaluation after step 40 is taken in by the call for global step 40; the next call decides.
    expect(recorder.schedules.at(-1)).toEqual({totalSteps: 300, starts: [0, 41, 170], ends: [41, 170, 300]});
    expect(
      recorder.rows
        .filter(({table}) => table === 'reinits')
        .map(({globalStep, values}) => [globalStep, values.cause, values.plot]),
    ).toEqual([
      [41, 'divergence', 1],
      [170, 'boundary', 1],
    ]);
    expect(saved).toMatchObject({num_early_stops: 1, reinit_times: [41, 170], plot_number: 1});
    expect(saved).toMatchObject({early_stops: [{cycle: 1, cause: 'divergence'}]});
  });

  test('the cycle after a stop has its own functions and alterings', async () => {
    const {program} = await drive(cyclic, three, {steps: 300, evaluations: rising});
    expect([42, 41 + 12, 169, 170, 299].map((step) => program.calls[step]!.learningRate)).toEqual([
      2 * (1 / 12),
      2,
      2,
      0,
      3,
    ]);
  });

  test('a second stop leads to the third cycle, not again to the second', async () => {
    const evaluations = {...rising, 60: {loss: 1}, 80: {loss: 2}};
    const {recorder, program, saved} = await drive(cyclic, three, {steps: 300, evaluations});
    expect(saved).toMatchObject({num_early_stops: 2, reinit_times: [41, 81]});
    expect(program.calls[299]!.learningRate).toBe(3);
    expect(recorder.schedules.map(({starts}) => starts)).toEqual([
      [0, 100, 200],
      [0, 41, 170],
      [0, 41, 81],
    ]);
  });

  test('in the last cycle nothing changes and the record says so, once', async () => {
    const evaluations = {220: {loss: 1}, 240: {loss: 2}, 260: {loss: 3}};
    const {recorder, saved} = await drive(cyclic, three, {steps: 300, evaluations});
    expect(recorder.events.filter(({name}) => name === 'early_stop_ignored').map(({globalStep}) => globalStep)).toEqual(
      [241],
    );
    expect(saved).toMatchObject({num_early_stops: 0, reinit_times: [100, 200]});
  });

  test('an evaluation on the boundary is the last of the finished cycle, and none of the one that begins', async () => {
    const evaluations = {100: {loss: 0.1}, 120: {loss: 1}, 140: {loss: 1}};
    const {recorder, saved} = await drive(cyclic, three, {steps: 160, evaluations});
    expect(saved).toMatchObject({stop_metric: {losses: [1, 1]}, num_early_stops: 0});
    expect(recorder.rows.map(({table, values}) => [table, values.smoothed_loss ?? values.cause])).toEqual([
      ['validation_losses', 0.1],
      ['reinits', 'boundary'],
    ]);
  });

  test('the finished cycle leaves its smoothed losses', async () => {
    const {recorder} = await drive(cyclic, three, {steps: 60, evaluations: rising});
    expect(recorder.rows.filter(({table}) => table === 'validation_losses').map(({values}) => values)).toEqual([
      {cycle: 1, evaluation: 1, smoothed_loss: 1},
      {cycle: 1, evaluation: 2, smoothed_loss: 2},
    ]);
  });

  test("its tables and events have names that no user's submission can take", async () => {
    const evaluations = {...rising, 40: {loss: 2, accuracy: 0}, 220: {loss: 1}, 240: {loss: 2}, 260: {loss: 3}};
    const config = {...three, reset: {method: 'multiply', alpha: 0.5}};
    const {recorder} = await drive(cyclic, config, {steps: 300, evaluations});
    const [tables, events] = [recorder.rows.map(({table}) => table), recorder.events.map(({name}) => name)];
    expect(new Set(tables)).toEqual(new Set(Object.values(recordNames.tables)));
    expect(new Set(events)).toEqual(new Set(Object.values(recordNames.events)));
  });

  test('does nothing unless it is enabled', async () => {
    const config = {...three, earlyStopping: {...three.earlyStopping, enabled: false}};
    const {saved} = await drive(cyclic, config, {steps: 90, evaluations: rising});
    expect(saved).toMatchObject({num_early_stops: 0});
  });
});

describe('a validation loss that is not finite', () => {
  test('ends its cycle at once', async () => {
    const {recorder} = await drive(cyclic, three, {steps: 60, evaluations: {20: {loss: Number.NaN}}});
    expect(recorder.rows.map(({globalStep, values}) => [globalStep, values.cause])).toEqual([[21, 'diverged']]);
  });

  test.each([
    ['the last cycle', three, {220: {loss: Number.POSITIVE_INFINITY}}],
    ['the only cycle', one, {20: {loss: Number.NaN}}],
  ])('in %s ends the run', async (_, config, evaluations) => {
    await expect(drive(cyclic, config, {steps: 300, evaluations})).rejects.toThrow(
      'the validation loss became NaN or infinite',
    );
  });
});

describe.each(['multiply', 'none'])('%s, which keeps parameters that are not finite,', (method) => {
  const config = {...three, reset: {method, alpha: 0.5}};
  const message = `parameters are NaN or infinite, which reset.method '${method}' keeps`;

  test('ends the run where the loss says so', async () => {
    const run = drive(cyclic, config, {steps: 300, infiniteAt: 15, evaluations: {20: {loss: Number.NaN}}});
    await expect(run).rejects.toThrow(new DivergedError(`at step 21 ${message}`));
  });

  test('continues where the loss is not finite but the parameters are', async () => {
    const {recorder} = await drive(cyclic, config, {steps: 60, evaluations: {20: {loss: Number.NaN}}});
    expect(recorder.rows.map(({globalStep, values}) => [globalStep, values.cause])).toEqual([[21, 'diverged']]);
  });
});

test('multiply ends the run at a boundary at which parameters are not finite', async () => {
  const config = {...three, reset: {method: 'multiply', alpha: 0.5}};
  const run = drive(cyclic, config, {steps: 300, infiniteAt: 50});
  await expect(run).rejects.toThrow(
    new DivergedError("at step 100 parameters are NaN or infinite, which reset.method 'multiply' keeps"),
  );
});

test('reinit recovers from parameters that are not finite', async () => {
  const {program} = await drive(cyclic, three, {steps: 150, infiniteAt: 50});
  expect([...kernelOf(program.read())].every(Number.isFinite)).toBe(true);
});

describe('multiply', () => {
  const config = {...three, reset: {method: 'multiply', alpha: 0.5}};

  test('scales by how near the target the last validation metric is', async () => {
    const {recorder, program} = await drive(cyclic, config, {steps: 101, evaluations: {50: {loss: 1, accuracy: 0.4}}});
    expect(recorder.rows[1]!.values).toMatchObject({method: 'multiply', params_factor: 0.5, moments_factor: 0.25});
    const before = await drive(cyclic, config, {steps: 100});
    expect(kernelOf(program.read())).toEqual(kernelOf(before.program.read()).map((value) => Math.fround(value / 2)));
  });

  test.each<[string, number, {[step: number]: {loss: number; accuracy: number}}, RegExp]>([
    [
      '0',
      0,
      {50: {loss: 1, accuracy: 0}},
      /the validation accuracy is 0: they are all 0 from here on; a model of zeros hardly/,
    ],
    [
      'NaN',
      0,
      {50: {loss: 1, accuracy: Number.NaN}},
      /the validation accuracy is NaN or infinite, or not known yet: they are all 0/,
    ],
    [
      '0',
      0.1,
      {50: {loss: 1, accuracy: 0}},
      /the validation accuracy is 0: they are 0.1 times those of a fresh model. Use/,
    ],
  ])(
    'warns once where the metric is %s and the parameters become 0, perturbed by %d',
    async (_, perturb, evaluations, words) => {
      const {recorder} = await drive(cyclic, {...config, reset: {...config.reset, perturb}}, {steps: 300, evaluations});
      expect(recorder.rows.filter(({table}) => table === 'reinits').map(({values}) => values.params_factor)).toEqual([
        0, 0,
      ]);
      const warnings = recorder.events.filter(({name}) => name === recordNames.events.zeroedModel);
      expect(warnings.map(({globalStep}) => globalStep)).toEqual([100]);
      expect(warnings[0]!.message).toMatch(words);
      expect(
        (await drive(cyclic, config, {steps: 300, evaluations: {50: {loss: 1, accuracy: 0.4}}})).recorder.events,
      ).not.toEqual(expect.arrayContaining([expect.objectContaining({name: recordNames.events.zeroedModel})]));
    },
  );

  test.each([
    [0, 1],
    [0.1, 2],
  ])('draws a fresh model only to perturb with it: perturb %d, %d models', async (perturb, models) => {
    const initModel = vi.spyOn(tinyWorkload, 'initModel');
    onTestFinished(() => initModel.mockRestore());
    await drive(cyclic, {...config, reset: {...config.reset, perturb}}, {steps: 101});
    expect(initModel).toHaveBeenCalledTimes(models);
  });

  test('the last one is that on the boundary, where there is one', async () => {
    const evaluations = {50: {loss: 1, accuracy: 0.4}, 100: {loss: 1, accuracy: 0.6}};
    const {recorder} = await drive(cyclic, config, {steps: 101, evaluations});
    const reset = recorder.rows.find(({table}) => table === 'reinits')!;
    expect(reset.values.params_factor).toBeCloseTo(0.75, 12);
  });
});

test('none leaves parameters and moments as they are', async () => {
  const config = {...three, reset: {method: 'none', alpha: 0.5}};
  const {recorder, program} = await drive(cyclic, config, {steps: 101});
  const before = await drive(cyclic, config, {steps: 1});
  expect(kernelOf(program.read())).toEqual(kernelOf(before.program.read()));
  expect(recorder.rows[0]!.values).toMatchObject({method: 'none', params_factor: '', moments_factor: ''});
});

test.each([10, 41, 42, 100, 171])(
  'a run resumed after %d steps continues as if it had not stopped',
  async (resumeAt) => {
    const evaluations = {20: {loss: 1}, 40: {loss: 2}, 100: {loss: 1}};
    const {recorder, program, saved} = await drive(cyclic, three, {steps: 300, evaluations});
    const resumed = await drive(cyclic, three, {steps: 300, evaluations, resumeAt});
    const withoutSeconds = (rows: typeof recorder.rows) =>
      rows.map((row) => ({...row, values: {...row.values, seconds: 0}}));
    expect(resumed.saved).toEqual(saved);
    expect(resumed.program.calls).toEqual(program.calls);
    expect(resumed.recorder.schedules).toEqual(recorder.schedules);
    expect(withoutSeconds(resumed.recorder.rows)).toEqual(withoutSeconds(recorder.rows));
  },
);

test('a second trial in the same process starts with its own boundaries', async () => {
  const evaluations = {20: {loss: 1}, 40: {loss: 2}};
  await drive(cyclic, three, {steps: 60, evaluations});
  const {saved} = await drive(cyclic, three, {steps: 60});
  expect(saved).toMatchObject({reinit_times: [100, 200], num_early_stops: 0});
});

test('training values are logged at the first step and every so many', async () => {
  const config = {...one, logging: {everySteps: 40}};
  const {program} = await drive(cyclic, config, {steps: 100});
  expect(program.calls.flatMap(({entry}, step) => (entry === 'loggedStep' ? [step + 1] : []))).toEqual([1, 40, 80]);
});

describe('what is recorded', () => {
  const rising = {20: {loss: 1}, 40: {loss: 2}};
  const dataOf = ({recorder}: Awaited<ReturnType<typeof drive>>, name: string) =>
    recorder.events.filter((event) => event.name === name).map(({data}) => data);

  test('of each reset: why, of which cycle, by what, and how long it took', async () => {
    let seconds = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => 1000 * ++seconds);
    onTestFinished(() => now.mockRestore());
    const run = await drive(cyclic, three, {steps: 180, evaluations: rising});
    expect(dataOf(run, recordNames.events.reset)).toEqual([
      {cause: 'divergence', cycle: 1, method: 'reinit', factors: null},
      {cause: 'boundary', cycle: 2, method: 'reinit', factors: null},
    ]);
    const resets = run.recorder.rows.filter(({table}) => table === recordNames.tables.resets);
    expect(resets.map(({values}) => values.seconds)).toEqual([1, 1]);
    const multiply = {...three, reset: {method: 'multiply', alpha: 0.5}};
    const scaled = await drive(cyclic, multiply, {steps: 101, evaluations: {50: {loss: 1, accuracy: 0.4}}});
    expect(dataOf(scaled, recordNames.events.reset)).toEqual([
      {cause: 'boundary', cycle: 1, method: 'multiply', factors: {params: 0.5, moments: 0.25}},
    ]);
  });

  test('of each stop, also of one that changes nothing', async () => {
    const evaluations = {...rising, 220: {loss: 1}, 240: {loss: 2}};
    const run = await drive(cyclic, three, {steps: 300, evaluations});
    expect(dataOf(run, recordNames.events.earlyStop)).toEqual([
      {cause: 'divergence', cycle: 1, reinit_times: [41, 170]},
    ]);
    const ignored = run.recorder.events.filter(({name}) => name === recordNames.events.earlyStopIgnored);
    expect(ignored).toMatchObject([
      {
        globalStep: 241,
        message:
          'the last cycle met the condition to stop (divergence) at step 241; no cycle is left, so nothing changes',
        data: {cause: 'divergence'},
      },
    ]);
  });

  test('of a picture: the shapes of its cycles, and which was stopped', async () => {
    const {saved} = await drive(cyclic, three, {steps: 60, evaluations: rising});
    const progress = fromRecord(saved);
    expect(toRecord(progress)).toEqual(saved);
    expect(drawing(progress, () => 1)).toMatchObject({
      totalSteps: 300,
      cycles: [
        {start: 0, end: 41, label: 'linear + constant, stopped early: divergence'},
        {start: 41, end: 170, label: 'linear + constant'},
        {start: 170, end: 300, label: 'linear + constant'},
      ],
      turns: [0, 10, 41, 53, 170, 182],
    });
  });
});

test('the cycle of a step is described, and the files of own shapes are named once', async () => {
  const state = await cyclic.initOptimizerState({
    workload: tinyWorkload,
    model: tinyWorkload.initModel([0, 7]),
    config: three,
    key: [0, 42],
    recorder: fakeRecorder(),
  });
  expect([0, 99, 100, 299].map((step) => state.describe!(step))).toEqual([
    'cycle 1/3',
    'cycle 1/3',
    'cycle 2/3',
    'cycle 3/3',
  ]);
  const schedule = {...three.schedule, warmupScheduleFns: ['./a.ts', 'linear', './a.ts'], decayScheduleFns: ['b.js']};
  expect(cyclic.userModules!({...three, schedule})).toEqual([resolve('a.ts'), resolve('b.js')]);
});
