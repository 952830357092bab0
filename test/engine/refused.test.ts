import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;

/** The gradient's values with respect to one input of ones. */
function gradientOf(shape: number[], operation: (x: Any) => Any): () => Float32Array {
  return () => tf.tidy(() => tf.grad(operation)(tf.ones(shape)).dataSync().slice() as Any) as Float32Array;
}

const conv3d = gradientOf([1, 3, 3, 3, 1], (x) => tf.conv3d(x, tf.ones([2, 2, 2, 1, 1]), 1, 'valid'));
const filterOfConv3d = gradientOf([2, 2, 2, 1, 1], (filter) =>
  tf.conv3d(tf.ones([1, 3, 3, 3, 1]) as Any, filter, 1, 'valid'),
);
const dilation2d = gradientOf([1, 3, 3, 1], (x) => tf.dilation2d(x, tf.ones([2, 2, 1]), 1, 'valid'));
const filterOfDilation2d = gradientOf([2, 2, 1], (filter) =>
  tf.dilation2d(tf.ones([1, 3, 3, 1]) as Any, filter, 1, 'valid'),
);
const meanPool3d = (pad: 'same' | 'valid') => gradientOf([1, 3, 3, 3, 1], (x) => tf.avgPool3d(x, 2, 2, pad));
const floorDiv = gradientOf([4], (x) => tf.mul(x, tf.floorDiv(x, tf.scalar(2))));

const noMeanPool3d =
  "avgPool3d with pad same: only the engine tensorflow has its gradient; pad 'valid' has one everywhere";
const noFloorDiv = 'floorDiv has no gradient: it is constant between its steps';

describe('on wasm', () => {
  beforeAll(() => openEngine('wasm'));

  test.each([
    ['Conv3DBackpropInputV2', 'conv3d', conv3d],
    ['Conv3DBackpropFilterV2', 'conv3d', filterOfConv3d],
    ['Dilation2DBackpropInput', 'dilation2d', dilation2d],
    ['Dilation2DBackpropFilter', 'dilation2d', filterOfDilation2d],
  ])('%s is refused', (kernel, operation, compute) => {
    expect(compute).toThrow(
      `${kernel}: the wasm engine has no right gradient of ${operation}; use the engine tensorflow or cpu`,
    );
  });
});

describe.each(['wasm', 'cpu'])('on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  test('the gradient of a padded mean over volumes is refused, that of whole windows is given', () => {
    expect(meanPool3d('same')).toThrow(noMeanPool3d);
    expect(meanPool3d('valid')().reduce((sum, value) => sum + value)).toBe(1);
  });

  test('floorDiv has no gradient', () => expect(floorDiv).toThrow(noFloorDiv));
});

describe.skipIf(!hasTensorflow)(onTensorflow('op by op'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test('the gradients that its own kernels give right are given', () => {
    // Of eight windows; the values' shares add up to one in each.
    expect(meanPool3d('same')().reduce((sum, value) => sum + value)).toBe(8);
    expect(conv3d()[0]).toBe(1);
    expect(dilation2d().reduce((sum, value) => sum + value)).toBe(4);
  });

  test('floorDiv has no gradient', () => expect(floorDiv).toThrow(noFloorDiv));
});
