import {createHash} from 'node:crypto';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, ExampleField, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, rowTaker, tf} from '../../src/engine/index.js';
import {tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {type AddonCall, executedInProcess, processors} from '../helpers/addon.js';
import {random} from '../helpers/models.js';
import {exactly, factors, productsOf, transposeFlags, worstRounding} from '../helpers/products.js';
import {loadedGraphs, onTensorflow, operationsOf} from '../helpers/tensorflow.js';

// The engine leaves products to the addon's threads where TensorFlow has one; it reads this when it is loaded.
process.env.TF_NUM_INTRAOP_THREADS = '1';

const cases = productsOf([
  [128, 784, 128],
  [16, 784, 128],
  // One more and one less than the parts that the addon makes it of, in each dimension.
  [1, 1, 1],
  [7, 255, 31],
  [9, 257, 33],
  [63, 513, 65],
  [65, 256, 17],
  [100, 30, 100],
  // Columns that fill half a tile, in steps of unequal numbers.
  [70, 784, 10],
  // As many rows as steps and more: not summed in halves.
  [32, 32, 32],
  [301, 290, 41],
  // The least of which there are halves.
  [31, 32, 5],
  [3, 33, 65],
  // Packed without AVX-512.
  [331, 310, 301],
]);

function expectRounded(found: ArrayLike<number>, exact: ReturnType<typeof exactly>, k: number): void {
  expect(worstRounding(found, exact, k)).toBeLessThanOrEqual(1);
}

/** Makes all cases' products in a process of its own. @returns their values, case by case */
function productsInProcess(env: NodeJS.ProcessEnv): Float32Array[] {
  const calls = cases.map((each) => ({
    op: 'SharedMatMul',
    attributes: transposeFlags(each.transposeA, each.transposeB),
    inputs: factors(each),
    outputs: 1,
  }));
  return executedInProcess(calls, env).map(([product]) => product!);
}

describe.skipIf(!hasOwnAddon())(onTensorflow('products shared out to threads of the addon'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(processors)('are right, with %s', (_, env) => {
    const products = productsInProcess(env);
    for (const [i, each] of cases.entries()) {
      const [a, b] = factors(each);
      expectRounded(products[i]!, exactly(each, a!.data, b!.data), each.k);
    }
  });

  test('have the same bits, however many threads there are', () => {
    const digests = ['1', '2', '7', '99999999999'].map((threads) => {
      const hash = createHash('sha256');
      for (const product of productsInProcess({ALGOPERF_TS_THREADS: threads})) hash.update(product);
      return hash.digest('hex');
    });
    expect(new Set(digests).size).toBe(1);
  });

  /** Like a product, but of so many pairs of matrices with other numbers in each: turned by a few places. */
  function inStack(each: (typeof cases)[number], count: number): {stacked: AddonCall; alone: AddonCall[]} {
    const call = {op: 'SharedMatMul', attributes: transposeFlags(each.transposeA, each.transposeB), outputs: 1};
    const [a, b] = factors(each).map(({shape, data}) =>
      Array.from({length: count}, (_, at) => ({
        shape,
        data: Float32Array.from([...data.subarray(at), ...data.subarray(0, at)]),
      })),
    );
    const stack = (matrices: typeof a): AddonCall['inputs'][number] => ({
      shape: [count, ...matrices![0]!.shape],
      data: Float32Array.from(matrices!.flatMap(({data}) => [...data])),
    });
    return {
      stacked: {...call, inputs: [stack(a), stack(b)]},
      alone: a!.map((matrix, i) => ({...call, inputs: [matrix, b![i]!]})),
    };
  }

  test('of stacks are those of the matrices, bit for bit', () => {
    const all = cases.slice(8, 16).flatMap((each) => [inStack(each, 3), inStack(each, 8)]);
    const results = executedInProcess(
      all.flatMap(({stacked, alone}) => [stacked, ...alone]),
      {},
    ).map(([one]) => one!);
    for (const {alone} of all) {
      const [stacked, ...others] = results.splice(0, 1 + alone.length);
      expect(stacked).toEqual(Float32Array.from(others.flatMap((one) => [...one])));
    }
  });

  test.each([
    ['large enough', [100, 100], [100, 10], 'SharedMatMul'],
    ['too small', [99, 100], [100, 10], 'MatMul'],
    ['few columns', [4000, 100], [100, 5], 'MatMul'],
    ['few rows', [6, 1000], [1000, 1000], 'SharedMatMul'],
    ['fewer rows', [5, 1000], [1000, 1000], 'MatMul'],
    ['a stack', [4, 100, 100], [4, 100, 10], 'SharedMatMul'],
    ['a stack of small ones', [4, 99, 100], [4, 100, 10], 'BatchMatMulV2'],
    ['stacks of unlike numbers', [1, 100, 100], [4, 100, 10], 'BatchMatMulV2'],
  ])('are those of the model that are worth it: %s', (_, a, b, operation) => {
    const used = operationsOf(() => tf.tidy(() => void tf.matMul(tf.zeros(a as never), tf.zeros(b as never))));
    expect(used.filter((op) => op.includes('MatMul'))).toEqual([operation]);
  });

  test('are not whole numbers, which TensorFlow multiplies', () => {
    const used = operationsOf(() =>
      tf.tidy(() => void tf.matMul(tf.zeros([200, 200], 'int32') as never, tf.zeros([200, 200], 'int32') as never)),
    );
    expect(used).not.toContain('SharedMatMul');
  });

  test.each([
    ['other sizes', [2, 3], [4, 2], 'the matrices do not fit each other'],
    ['no matrix', [2], [2, 2], 'needs two matrices'],
    ['stacks of unlike numbers', [3, 2, 2], [2, 2, 2], 'the matrices do not fit each other'],
    ['nothing to sum', [64, 0], [0, 64], 'the matrices do not fit each other'],
  ])('are refused of %s', (_, a, b, message) => {
    const {binding} = tensorflowBackend();
    const ids = [a, b].map((shape) => {
      const size = shape.reduce((product, each) => product * each, 1);
      return binding.createTensor(shape, 1, new Float32Array(size));
    });
    expect(() => binding.executeOp('SharedMatMul', transposeFlags(false, false), ids, 1)).toThrow(message);
    for (const id of ids) binding.deleteTensor(id);
  });

  test.each([
    [64, 0],
    [0, 64],
  ])('are empty where they are to be of %i rows and %i columns', (rows, columns) => {
    const {binding} = tensorflowBackend();
    const ids = [
      [rows, 5],
      [5, columns],
    ].map((shape) => binding.createTensor(shape, 1, new Float32Array(shape[0]! * shape[1]!)));
    const [product] = binding.executeOp('SharedMatMul', transposeFlags(false, false), ids, 1);
    expect(product!.shape).toEqual([rows, columns]);
    for (const id of [...ids, product!.id]) binding.deleteTensor(id);
  });

  describe('with rows of bytes', () => {
    const bytes: ExampleField = {
      shape: [300, 300],
      dtype: 'uint8',
      data: Uint8Array.from({length: 90_000}, (_, i) => (i * 2_654_435_761) >>> 24),
      scaling: {scale: 0.3, offset: -1.7},
    };
    const initial: TrainState<NdArray> = {params: {w: random([300, 64], 3)}, modelState: {}, optimizer: {}};
    const rows = Uint32Array.from({length: 250}, (_, i) => (i * 77) % 300);
    /** The product of the rows and the weights, and its square's gradient, which is a product of the rows transposed. */
    const entry: Entry = (state, {x}) => {
      const {w} = state.params as {w: Tensor};
      const product = (weights: Tensor): Tensor => tf.matMul(x as never, weights as never);
      const gradient = tf.grad((weights) => tf.sum(tf.square(product(weights as Tensor) as never)))(
        w as never,
      ) as Tensor;
      return {state, outputs: {product: product(w), gradient}};
    };

    function outputsFor(x: NdArray): {product: ArrayLike<number>; gradient: ArrayLike<number>} {
      const program = compileGraph(initial, {entry});
      const outputs = program.run('entry', {x});
      const found = {product: outputs.array('product').data, gradient: outputs.array('gradient').data};
      program.dispose();
      return found;
    }

    test('are the same as with the numbers that the bytes stand for, bit by bit', () => {
      const numbers = rowTaker(bytes, rows.length)(rows).data.slice() as Float32Array;
      const plain = outputsFor({shape: [rows.length, 300], dtype: 'float32', data: numbers});
      expect(outputsFor(rowTaker(bytes, rows.length)(rows))).toEqual(plain);
      const size = {m: rows.length, k: 300, n: 64, transposeA: false, transposeB: false};
      const weights = (initial.params as {w: NdArray}).w.data as Float32Array;
      expectRounded(plain.product, exactly(size, numbers, weights), size.k);
    });

    test('need no numbers: the graph reads the bytes', () => {
      const graphs = loadedGraphs(() => outputsFor(rowTaker(bytes, rows.length)(rows)));
      expect(graphs).toHaveLength(1);
      expect(graphs[0]).toContain('SharedMatMulOfBytes');
      expect(graphs[0]).toContain('PickBytes');
      expect(graphs[0]).not.toContain('PickRows');
    });
  });
});
