import {beforeEach, describe, expect, test} from 'vitest';
import {zeros} from '../../src/contract/index.js';
import {openEngine} from '../../src/engine/index.js';
import {isKernel, type SgdOptions, sgd} from '../../src/optimizers/index.js';
import golden from '../golden/optimizers.json' with {type: 'json'};
import {expectGoldenSteps} from '../helpers/optimizer-steps.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeEach(() => openEngine(backend));

  test.each(golden.sgd)(`sgd with $options agrees with ${golden.madeBy} over 20 steps`, ({options, after}) => {
    const {decaysKernelsOnly, ...others} = options as SgdOptions & {decaysKernelsOnly?: boolean};
    expectGoldenSteps(sgd({...others, ...(decaysKernelsOnly && {mask: isKernel})}), after);
  });
});

test('keeps a trace only where there is momentum', () => {
  const params = {kernel: zeros([2])};
  expect(sgd({weightDecay: 0}).init(params)).toEqual({});
  expect(sgd({momentum: 0.9, weightDecay: 0}).init(params)).toEqual({trace: params});
});

test.each([
  [{momentum: 1, weightDecay: 0}, 'sgd: momentum must be a number in [0, 1), got 1'],
  [{momentum: -0.1, weightDecay: 0}, 'sgd: momentum must be a number in [0, 1), got -0.1'],
  [{nesterov: true, weightDecay: 0}, 'sgd: nesterov must be false where momentum is 0, got true'],
  [{momentum: 0.9, weightDecay: -1}, 'sgd: weightDecay must be a number of at least 0, got -1'],
  [{momentum: 0.9, weightDecay: Number.NaN}, 'sgd: weightDecay must be a number of at least 0, got NaN'],
])('%o is refused', (options, message) => {
  expect(() => sgd(options)).toThrow(new RangeError(message));
});
