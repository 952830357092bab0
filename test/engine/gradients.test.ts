import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {compile, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {values} from '../helpers/golden-values.js';
import {operations} from '../helpers/operations.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

interface Case {
  readonly op: string;
  readonly shapes: number[][];
  readonly options: {readonly [name: string]: unknown};
  readonly output: number[];
  /** One list of values for each input. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'gradients.json'), 'utf8'),
);

function inputsOf({shapes}: Case): NdArray[] {
  return shapes.map((shape, i) => ({shape, dtype: 'float32', data: values(shape, i + 1)}));
}

/** The output, and the gradients of its sum times fixed numbers. */
function compute({op, options}: Case, inputs: Tensor[]): Tensor[] {
  const named = Object.fromEntries(inputs.map((input, i) => [`input${i}`, input]));
  const {aux, gradients} = lossAndGradients((given) => {
    const output = operations[op]!(Object.values(given), options);
    return {loss: tf.sum(tf.mul(output, tf.tensor(values(output.shape, 99), output.shape))), aux: {output}};
  }, named);
  return [aux.output, ...(Object.values(gradients) as Tensor[])];
}

/** Compared with the largest value: where terms cancel, it is their own size that float32 rounds. */
function expectClose(given: Case, found: readonly ArrayLike<number>[]): void {
  for (const [i, expected] of [given.output, ...given.gradients].entries()) {
    const what = i === 0 ? 'output' : `gradient of input ${i - 1}`;
    expect(found[i]!.length, what).toBe(expected.length);
    const limit = 1e-6 * Math.max(...expected.map(Math.abs));
    const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[i]![at]!)), 0);
    expect(worst, what).toBeLessThanOrEqual(limit);
  }
}

const titled = golden.cases.map((given): [string, Case] => {
  return [`${given.op} ${JSON.stringify(given.shapes)} ${JSON.stringify(given.options)}`, given];
});

/** What the wasm engine refuses to compute. */
const refusedOnWasm = ['conv3d'];

function opByOp(backend: string): () => void {
  const computed = titled.filter(([, {op}]) => backend !== 'wasm' || !refusedOnWasm.includes(op));
  return () => {
    beforeAll(() => openEngine(backend));

    test.each(computed)('%s', (_, given) => {
      const before = tf.memory().numDataBuffers;
      const found = tf.tidy(() => {
        const inputs = inputsOf(given).map(({data, shape}) => tf.tensor(data, [...shape]));
        return compute(given, inputs).map((tensor) => tensor.dataSync()) as never;
      }) as Float32Array[];
      expect(tf.memory().numDataBuffers).toBe(before);
      expectClose(given, found);
    });
  };
}

describe(`on wasm as ${golden.madeBy}`, opByOp('wasm'));
describe(`on cpu as ${golden.madeBy}`, opByOp('cpu'));
describe.skipIf(!hasTensorflow)(onTensorflow(`op by op as ${golden.madeBy}`), opByOp('tensorflow'));

describe.skipIf(!hasTensorflow)(onTensorflow(`as one graph as ${golden.madeBy}`), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(titled)('%s', (_, given) => {
    const names = ['output', ...given.shapes.keys()].map(String);
    const entry: Entry = (state, inputs) => {
      const results = compute(given, Object.values(inputs) as Tensor[]);
      return {state, outputs: Object.fromEntries(results.map((result, i) => [names[i], result]))};
    };
    const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
    const inputs = Object.fromEntries(inputsOf(given).map((input, i) => [`input${i}`, input]));
    const outputs = program.run('entry', inputs);
    expectClose(
      given,
      names.map((name) => outputs.array(name).data),
    );
    program.dispose();
  });
});

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  // By JAX: jax.grad(lambda x: (jnp.prod(x, axis) * weights).sum())(x) of x = [[1, 2, 3], [0, 3, 5]]
  test.each<[number | number[] | undefined, number[], number[]]>([
    [undefined, [], [0, 0, 0, 90, 0, 0]],
    [-1, [1, 10], [6, 3, 2, 150, 0, 0]],
    [0, [1, 10, 100], [0, 30, 500, 1, 20, 300]],
    [[1, 0], [], [0, 0, 0, 90, 0, 0]],
  ])('the gradient of a product along %o is the product of the others', (axis, shape, expected) => {
    const x = tf.tensor2d([1, 2, 3, 0, 3, 5], [2, 3]);
    const weights = shape.length === 0 ? tf.scalar(1) : tf.tensor1d(shape);
    const gradient = tf.grad((given) => tf.sum(tf.mul(tf.prod(given, axis), weights)))(x);
    expect([...gradient.dataSync()]).toEqual(expected);
  });

  test('an operation without a gradient is named', () => {
    const largest = ({x}: {x: Tensor}) => ({loss: tf.sum(tf.topk(x as never, 1).values) as Tensor, aux: {}});
    const loss = () => lossAndGradients(largest as never, {x: tf.ones([3]) as Tensor});
    expect(loss).toThrow('the loss depends on parameters by TopK, which has no gradient in TensorFlow.js');
  });

  test('a tensor that was disposed of is named as such', () => {
    const x = tf.add(tf.ones([3]), 1);
    x.dispose();
    expect(() => tf.add(x, 1)).toThrow('a tensor is used that was disposed of');
  });

  test('a normalisation without a scale has the gradient of one with 1', () => {
    const x = tf.tensor4d(values([2, 2, 2, 3], 1), [2, 2, 2, 3]);
    const [mean, variance] = [tf.tensor1d([0.1, 0.2, 0.3]), tf.tensor1d([1, 2, 3])];
    const [without, withOne] = [undefined, tf.ones([3]) as typeof mean].map((scale) =>
      tf.grad((given) => tf.sum(tf.square(tf.batchNorm(given as typeof x, mean, variance, undefined, scale))))(x),
    );
    expect(without!.dataSync()).toEqual(withOne!.dataSync());
  });

  test('the mean of integers and of bools is one of numbers, in an entry too', () => {
    const means = () => {
      const integers = tf.tensor1d([1, 2, 2], 'int32');
      return {integers: tf.mean(integers) as Tensor, bools: tf.mean(tf.equal(integers, 2)) as Tensor};
    };
    const program = compile(
      {params: {}, modelState: {}, optimizer: {}},
      {entry: (state) => ({state, outputs: means()})},
    );
    const outputs = program.run('entry', {});
    const found = [
      ...Object.values(means()).map((mean) => mean.dataSync()[0]),
      outputs.number('integers'),
      outputs.number('bools'),
    ];
    for (const [i, mean] of [5 / 3, 2 / 3, 5 / 3, 2 / 3].entries()) expect(found[i]).toBeCloseTo(mean, 6);
    program.dispose();
  });
});
