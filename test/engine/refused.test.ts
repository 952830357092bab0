import {beforeAll, describe, expect, test} from 'vitest';
import {compile, openEngine, tf} from '../../src/engine/index.js';
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
const floorDiv = gradientOf([4], (x) => tf.mul(x, tf.floorDiv(x, tf.scalar(2))));

const noFloorDiv = 'floorDiv has no gradient: it is constant between its steps';

const window2d = (size: number) => tf.ones([size, size, 1, 1]) as Any;
const image = () => tf.ones([1, 3, 4, 1]) as Any;
const volume = () => tf.ones([1, 3, 4, 4, 1]) as Any;
const PADDED: Any = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
];
/** On wasm, whatever the window. */
const isRefused = (operation: string): boolean => operation === 'dilation2d';

const windows: readonly [string, () => Any, () => Any][] = [
  ['conv2d', () => tf.conv2d(image(), window2d(4), 1, 'valid'), () => tf.conv2d(image(), window2d(3), 1, 'valid')],
  ['conv2d', () => tf.conv2d(image(), window2d(6), 2, PADDED), () => tf.conv2d(image(), window2d(5), 2, PADDED)],
  [
    'depthwiseConv2d',
    () => tf.depthwiseConv2d(image(), window2d(4), 1, 'valid'),
    () => tf.depthwiseConv2d(image(), window2d(4), 1, 'same'),
  ],
  [
    'conv3d',
    () => tf.conv3d(volume(), tf.ones([4, 1, 1, 1, 1]), 1, 'valid'),
    () => tf.conv3d(volume(), tf.ones([3, 4, 4, 1, 1]), 1, 'valid'),
  ],
  [
    'dilation2d',
    () => tf.dilation2d(image(), tf.ones([1, 5, 1]), 1, 'valid'),
    () => tf.dilation2d(image(), tf.ones([3, 4, 1]), 1, 'valid'),
  ],
  ['maxPool', () => tf.maxPool(image(), [1, 5], 1, 'valid'), () => tf.maxPool(image(), [3, 4], 1, 'valid')],
  ['avgPool', () => tf.avgPool(image(), 4, 2, 'valid'), () => tf.avgPool(image(), 3, 2, 'valid')],
  ['maxPool3d', () => tf.maxPool3d(volume(), 4, 1, 'valid'), () => tf.maxPool3d(volume(), 3, 1, 'valid')],
  ['avgPool3d', () => tf.avgPool3d(volume(), [1, 5, 1], 1, 'valid'), () => tf.avgPool3d(volume(), 3, 1, 'valid')],
];

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])(
  'a window larger than its input, on %s',
  (backend) => {
    beforeAll(() => openEngine(backend));

    test.each(windows)('is refused by %s', (operation, wide, fitting) => {
      const run = (call: () => Any) => () => tf.tidy(() => void call().dataSync());
      expect(run(wide)).toThrow(new RegExp(`^${operation}: a window of .* does not fit into an input of 3 x 4`));
      if (backend !== 'wasm' || !isRefused(operation)) expect(run(fitting)).not.toThrow();
    });

    test('nor does one fit that is larger than what a transposed convolution gives', () => {
      const transposed = (size: number, gradient: number) => () =>
        tf.conv2dTranspose(tf.ones([1, gradient, gradient, 1]) as Any, window2d(size), [1, 3, 3, 1], 1, 'valid');
      expect(transposed(5, 1)).toThrow(
        "conv2dTranspose: a window of 5 x 5 does not fit into an output of 3 x 3; take a smaller window, a larger output, or pad 'same'",
      );
      expect([...transposed(3, 1)().dataSync()]).toEqual(Array(9).fill(1));
    });

    test('with all sizes, and the line of an entry', () => {
      const wide = () => tf.conv2d(image(), window2d(3), 1, 'valid', 'NHWC', 2);
      expect(wide).toThrow(
        "conv2d: a window of 3 x 3 (5 x 5 with its dilation) does not fit into an input of 3 x 4; take a smaller window, a larger input, or pad 'same'",
      );
      expect(() => tf.avgPool(image(), [3, 7], 1, 1)).toThrow(
        '3 x 7 does not fit into an input of 3 x 4 (5 x 6 with its padding)',
      );
      const program = compile(
        {params: {}, modelState: {}, optimizer: {}},
        {wide: (state) => ({state, outputs: {y: wide() as Any}})},
      );
      expect(() => program.run('wide', {})).toThrow(/^test\/engine\/refused\.test\.ts:\d+:\d+: conv2d: a window/);
      program.dispose();
    });
  },
);

describe('on wasm', () => {
  beforeAll(() => openEngine('wasm'));

  test.each([
    ['Conv3DBackpropInputV2', 'gradient of conv3d', conv3d],
    ['Conv3DBackpropFilterV2', 'gradient of conv3d', filterOfConv3d],
    ['Dilation2D', 'dilation2d', dilation2d],
  ])('%s is refused', (kernel, what, compute) => {
    expect(compute).toThrow(`${kernel}: the wasm engine has no right ${what}; use the engine tensorflow or cpu`);
  });
});

describe.each(['wasm', 'cpu'])('on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  test('floorDiv has no gradient', () => expect(floorDiv).toThrow(noFloorDiv));
});

describe.skipIf(!hasTensorflow)(onTensorflow('op by op'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test('the gradients that its own kernels give right are given', () => {
    expect(conv3d()[0]).toBe(1);
    expect(dilation2d().reduce((sum, value) => sum + value)).toBe(4);
  });

  test('floorDiv has no gradient', () => expect(floorDiv).toThrow(noFloorDiv));
});
