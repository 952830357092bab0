import {describe, expect, test} from 'vitest';
import {jsonSchemaFor} from '../../src/config/index.js';
import {zeros} from '../../src/contract/index.js';
import {type OptimizerName, optimizers} from '../../src/optimizers/index.js';
import {cyclic} from '../../src/submissions/cyclic/index.js';
import {optimizerOf, optimizerProblems, optimizerShape} from '../../src/submissions/cyclic/optimizer.js';

const names = Object.keys(optimizers) as OptimizerName[];
const shapeOf = (name: OptimizerName) => optimizers[name].hyperparameters.shape;

const ofAdam = {oneMinusBeta1: 0.1, beta2: 0.99, weightDecay: 0.01};

/** The smallest hyperparameters of each optimizer, in camelCase. */
const least = {
  adamw: ofAdam,
  nadamw: ofAdam,
  sgd: {oneMinusBeta1: 0.1, weightDecay: 0.01},
  lamb: ofAdam,
  adafactor: {oneMinusBeta1: 0.1, weightDecay: 0.01},
  lion: ofAdam,
  ademamix: {...ofAdam, beta3: 0.999, alpha: 5},
  cautious_nadamw: ofAdam,
  schedule_free_adamw: ofAdam,
  muon: ofAdam,
  sam: {...ofAdam, rho: 0.05},
  shampoo: ofAdam,
  soap: ofAdam,
  single_worker_diloco: {...ofAdam, syncSteps: 5, outerLearningRate: 0.5, outerMomentum: 0.5},
} satisfies {[name in OptimizerName]: object};

describe.each(names)('%s', (optimizer) => {
  test('is made of its own hyperparameters, and keeps what its resets name', () => {
    const made = optimizerOf({optimizer, ...least[optimizer]});
    expect(optimizerProblems({optimizer, ...least[optimizer]})).toEqual([]);
    expect(Object.keys(made.init({w: zeros([2])}))).toEqual(Object.keys(made.resets));
  });

  test('shares the schemas of the keys that it shares', () => {
    for (const other of names) {
      for (const [key, schema] of Object.entries(shapeOf(other)))
        expect(shapeOf(optimizer)[key] ?? schema, key).toBe(schema);
    }
  });
});

test('the options of an optimizer come from its hyperparameters', () => {
  const partsOf = (given: Parameters<typeof optimizerOf>[0]) => optimizerOf(given).parts?.map(({options}) => options);
  const adam = {b1: 0.75, b2: 0.99, eps: 1e-8, nesterov: false};
  const given = {oneMinusBeta1: 0.25, beta2: 0.99, weightDecay: 0.5};
  expect(partsOf({optimizer: 'adamw', ...given})).toEqual([adam, {weightDecay: 0.5}, {}]);
  expect(partsOf({optimizer: 'nadamw', ...given})).toEqual([{...adam, nesterov: true}, {weightDecay: 0.5}, {}]);
});

test('what one optimizer lacks and another does not have is reported by its key', () => {
  expect(optimizerProblems({optimizer: 'adamw', oneMinusBeta1: 0.1, weightDecay: 0, nesterov: false})).toEqual([
    {path: ['hyperparameters', 'beta2'], message: 'is missing'},
    {
      path: ['hyperparameters', 'nesterov'],
      message: 'is of sgd alone, and the optimizer is adamw; leave it out',
    },
  ]);
  expect(optimizerProblems({optimizer: 'sgd', beta2: 0.9})).toEqual([
    {
      path: ['hyperparameters', 'beta2'],
      message: 'is of other optimizers, and the optimizer is sgd; leave it out',
    },
  ]);
  expect(optimizerProblems({})).toEqual([]);
});

test('keys that all optimizers require are required, the others are not', () => {
  const required = Object.keys(optimizerShape).filter((key) => !optimizerShape[key]!.safeParse(undefined).success);
  expect(required).toEqual(['one_minus_beta1', 'weight_decay']);
});

test("the JSON Schema knows each optimizer's keys", () => {
  const schema = jsonSchemaFor(cyclic) as {
    properties: {hyperparameters: {allOf: {readonly if: object; readonly then: object}[]}};
  };
  const {allOf} = schema.properties.hyperparameters;
  const conditionOf = (name: OptimizerName) => allOf[names.indexOf(name)]!;
  expect(conditionOf('adamw').if).toEqual({properties: {optimizer: {const: 'adamw'}}});
  expect(conditionOf('adamw').then).toEqual({
    required: ['one_minus_beta1', 'beta2', 'weight_decay'],
    properties: expect.objectContaining({nesterov: false, decays_kernels_only: false, beta3: false}),
  });
  expect(conditionOf('sgd').if).toEqual({properties: {optimizer: {const: 'sgd'}}, required: ['optimizer']});
  expect(conditionOf('sgd').then).toEqual({
    required: ['one_minus_beta1', 'weight_decay'],
    properties: expect.objectContaining({beta2: false}),
  });
});
