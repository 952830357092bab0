import {expect, test} from 'vitest';
import {
  adamw,
  type GradientTransformation,
  muon,
  sam,
  scaleByMuon,
  shampoo,
  singleWorkerDiloco,
  soap,
} from '../../src/optimizers/index.js';
import golden from '../golden/matrix_optimizers.json' with {type: 'json'};
import {testOptimizers} from '../helpers/optimizer-suite.js';

// biome-ignore lint/suspicious/noExplicitAny: each maker has options of its own
type Maker = (options: any) => GradientTransformation;

const makers: {readonly [name: string]: Maker} = {
  muon,
  sam: ({rho, ...options}) => sam({rho, inner: adamw(options)}),
  shampoo,
  soap,
  single_worker_diloco: ({inner, ...options}) => singleWorkerDiloco({inner: adamw(inner), ...options}),
};

const makerOf = (name: string): Maker => Object.entries(makers).find(([part]) => name.includes(part))![1];

const cases = golden.cases.map(({name, options, after}) => ({
  name,
  after,
  make: () => makerOf(name)(options),
  isCurved: name === 'sam',
  // The smallest eigenvalues are 1e-6 of the largest there: in float32 their roots are right to a few hundredths.
  ...(name.startsWith('ill-conditioned') && {tolerance: 1e-3}),
}));

testOptimizers(
  golden,
  cases,
  cases.filter(({name}) => Object.hasOwn(makers, name)),
);

test.each<[() => unknown, string]>([
  [() => scaleByMuon({beta: 1}), 'scaleByMuon: beta must be a number in [0, 1), got 1'],
  [() => scaleByMuon({steps: 0}), 'scaleByMuon: steps must be an integer of at least 1, got 0'],
  [() => scaleByMuon({eps: 0}), 'scaleByMuon: eps must be a number above 0, got 0'],
  [() => sam({rho: 0, inner: adamw(adam)}), 'sam: rho must be a number above 0, got 0'],
  [() => shampoo({...adam, b2: 1}), 'shampoo: b2 must be a number in [0, 1), got 1'],
  [() => shampoo({...adam, weightDecay: -1}), 'shampoo: weightDecay must be a number of at least 0, got -1'],
  [() => shampoo({...adam, matrixEpsilon: 0}), 'shampoo: matrixEpsilon must be a number above 0, got 0'],
  [() => shampoo({...adam, blockSize: 0}), 'shampoo: blockSize must be an integer of at least 1, got 0'],
  [
    () => shampoo({...adam, startPreconditioningStep: -1}),
    'shampoo: startPreconditioningStep must be an integer of at least 0, got -1',
  ],
  [() => soap({...adam, shampooBeta: 2}), 'soap: shampooBeta must be a number in [0, 1), got 2'],
  [
    () => soap({...adam, preconditionFrequency: 0}),
    'soap: preconditionFrequency must be an integer of at least 1, got 0',
  ],
  [
    () => singleWorkerDiloco({...outer, syncSteps: 1.5}),
    'singleWorkerDiloco: syncSteps must be an integer of at least 1, got 1.5',
  ],
  [
    () => singleWorkerDiloco({...outer, outerLearningRate: 0}),
    'singleWorkerDiloco: outerLearningRate must be a number above 0, got 0',
  ],
  [
    () => singleWorkerDiloco({...outer, outerMomentum: 1}),
    'singleWorkerDiloco: outerMomentum must be a number in [0, 1), got 1',
  ],
  [
    () => singleWorkerDiloco({...outer, inner: soap(adam)}),
    'singleWorkerDiloco: inner must have no long steps and no evaluated parameters of its own, got one that has',
  ],
])('%s is refused', (make, message) => {
  expect(make).toThrow(new RangeError(message));
});

const adam = {b1: 0.9, b2: 0.99, weightDecay: 0};
const outer = {inner: adamw(adam), syncSteps: 2, outerLearningRate: 0.5, outerMomentum: 0.5};
