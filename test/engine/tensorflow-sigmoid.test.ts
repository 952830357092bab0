import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {executedInProcess, processors} from '../helpers/addon.js';
import {random} from '../helpers/models.js';
import {onTensorflow, operationsOf} from '../helpers/tensorflow.js';

// The engine leaves sigmoids to the addon's threads where TensorFlow has one; it reads this when it is loaded.
process.env.TF_NUM_INTRAOP_THREADS = '1';

/** Numbers below this have an exponential that is not normal in float32, taken for 0. */
const LEAST = -87.33;

/** One more than the addon's parts and vectors are made of, so that there is a rest. */
const COUNT = 3 * 8192 + 13;

const spread = Float32Array.from({length: COUNT}, (_, i) => ((i * 7919) % COUNT) * (200 / COUNT) - 100);
const special = Float32Array.of(
  0,
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  1e-40,
  -1e-40,
  3e38,
);

const exactly = (x: number): number => 1 / (1 + Math.exp(-x));

function computedInProcess(env: NodeJS.ProcessEnv) {
  const y = spread.map(exactly);
  const dy = random([COUNT], 1).data as Float32Array;
  const calls = [
    {op: 'SharedSigmoid', attributes: [], inputs: [{shape: [COUNT], data: spread}], outputs: 1},
    {op: 'SharedSigmoid', attributes: [], inputs: [{shape: [2, 4], data: special}], outputs: 1},
    {op: 'SharedSigmoidGradient', attributes: [], inputs: [y, dy].map((data) => ({shape: [COUNT], data})), outputs: 1},
  ];
  const [values, specials, gradients] = executedInProcess(calls, env).map(([result]) => result!);
  return {values: values!, specials: specials!, gradients: gradients!, y, dy};
}

function worstOf(found: Float32Array, expected: (i: number) => number): number {
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected(i)) / Math.abs(expected(i))), 0);
}

describe.skipIf(!hasOwnAddon())(onTensorflow('sigmoids shared out to threads of the addon'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(processors)('are right to three units in the last place, with %s', (_, env) => {
    const {values, specials, gradients, y, dy} = computedInProcess(env);
    const normal = values.filter((_, i) => spread[i]! > LEAST);
    const inputs = spread.filter((x) => x > LEAST);
    expect(inputs.length).toBeGreaterThan(0.9 * COUNT);
    expect(worstOf(normal, (i) => exactly(inputs[i]!))).toBeLessThan(3 * 2 ** -23);
    const tiny = values.filter((_, i) => spread[i]! <= LEAST);
    expect(tiny.every((value) => value >= 0 && value < 2 ** -125)).toBe(true);
    expect([...specials]).toEqual([0.5, 0.5, 1, 0, Number.NaN, 0.5, 0.5, 1]);
    const gradientOf = (i: number): number => dy[i]! * (1 - y[i]!) * y[i]!;
    const isNormal = (i: number): boolean => Math.abs(gradientOf(i)) > 1e-37;
    const rounded = gradients.map((value, i) => (isNormal(i) ? value / gradientOf(i) : 1));
    // 1 - y is exact or rounded once; two products follow.
    expect(worstOf(rounded, () => 1)).toBeLessThan(3 * 2 ** -24);
  });

  test('have the same bits, however many threads there are', () => {
    const [one, ...others] = ['1', '2', '7'].map((threads) => computedInProcess({ALGOPERF_TS_THREADS: threads}));
    for (const other of others) expect(other).toEqual(one);
  });

  test.each([
    ['many numbers', [64, 128], 'Shared'],
    ['few', [63, 128], 'TensorFlow'],
  ])('are those that are worth it: %s', (_, shape, by) => {
    const gradient = tf.grad((x) => tf.sum(tf.sigmoid(x)));
    const used = operationsOf(() => tf.tidy(() => void gradient(tf.zeros(shape))));
    const expected = by === 'Shared' ? ['SharedSigmoid', 'SharedSigmoidGradient'] : ['Sigmoid', 'SigmoidGrad'];
    expect(used.filter((op) => op.includes('Sigmoid'))).toEqual(expected);
  });

  test('in a graph leave alone what others read as well', () => {
    const initial: TrainState<NdArray> = {params: {}, modelState: {}, optimizer: {}};
    const entry: Entry = (state, {x}) => {
      const doubled = tf.mul(x as never, 2);
      const y = tf.sigmoid(doubled);
      return {state, outputs: {doubled, y, sum: tf.add(doubled, y)}};
    };
    const program = compileGraph(initial, {entry});
    const x: NdArray = {shape: [COUNT], dtype: 'float32', data: spread.slice()};
    const outputs = program.run('entry', {x});
    const [doubled, y, sum] = ['doubled', 'y', 'sum'].map((name) => outputs.array(name).data);
    program.dispose();
    expect(x.data).toEqual(spread);
    expect(doubled).toEqual(spread.map((value) => 2 * value));
    expect(sum).toEqual(Float32Array.from(y!, (value, i) => value + doubled![i]!));
  });

  test('are refused a gradient of another shape', () => {
    const {binding} = tensorflowBackend();
    const ids = [[2], [1, 2]].map((shape) => binding.createTensor(shape, 1, new Float32Array(2)));
    expect(() => binding.executeOp('SharedSigmoidGradient', [], ids, 1)).toThrow('y and dy must be of one shape');
    for (const id of ids) binding.deleteTensor(id);
  });
});
