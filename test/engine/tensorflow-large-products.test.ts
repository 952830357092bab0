import {createHash} from 'node:crypto';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {embed, embedLogits, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {attributeKinds, tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {type AddonCall, executedInProcess, processors} from '../helpers/addon.js';
import {random} from '../helpers/models.js';
import {exactly, factors, type Product, productsOf, transposeFlags, worstRounding} from '../helpers/products.js';
import {loadedGraphs, onTensorflow, operationsOf} from '../helpers/tensorflow.js';

/** Whole parts, tiles and steps, and one more and one less of each. */
const cases = productsOf([
  [1, 1, 1],
  [129, 255, 25],
  [7, 257, 481],
  [16, 256, 480],
  [5, 513, 479],
  [129, 3, 481],
  [30, 257, 2017],
  [1025, 40, 17],
]);

/** Further rows: their numbers and their values. */
interface Rows {
  readonly ids: readonly number[];
  readonly values: Float32Array;
}

function callOf(product: Product, further: readonly Rows[] = []): AddonCall {
  return {
    op: 'LargeMatMul',
    attributes: [
      {name: 'N', type: attributeKinds.int, value: further.length},
      ...transposeFlags(product.transposeA, product.transposeB),
    ],
    inputs: [
      ...factors(product),
      ...further.map(({ids}) => ({shape: [ids.length], data: Int32Array.from(ids)})),
      ...further.map(({ids, values}) => ({shape: [ids.length, product.n], data: values})),
    ],
    outputs: 1,
  };
}

describe.skipIf(!hasOwnAddon())(onTensorflow('products of large matrices'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(processors)('are right, with %s', (_, env) => {
    const products = executedInProcess(
      cases.map((each) => callOf(each)),
      env,
    );
    for (const [i, each] of cases.entries()) {
      const [a, b] = factors(each);
      expect(worstRounding(products[i]![0]!, exactly(each, a!.data, b!.data), each.k)).toBeLessThanOrEqual(1);
    }
  });

  test.each(processors)('are more exact than sums of all steps in a row, with %s', (_, env) => {
    const [m, k, n] = [9, 2048, 50];
    const call = callOf({m, k, n, transposeA: false, transposeB: false});
    const [[product]] = executedInProcess([call], env) as [[Float32Array]];
    const [a, b] = call.inputs.map(({data}) => data);
    let [squares, squaresInARow] = [0, 0];
    for (let i = 0; i < m * n; i++) {
      let [sum, inARow] = [0, 0];
      for (let step = 0; step < k; step++) {
        const term = a![Math.floor(i / n) * k + step]! * b![step * n + (i % n)]!;
        sum += term;
        inARow = Math.fround(inARow + term);
      }
      squares += (product[i]! - sum) ** 2;
      squaresInARow += (inARow - sum) ** 2;
    }
    expect(squares / squaresInARow).toBeLessThan(0.4);
  });

  test('have the same bits, however many threads there are', () => {
    const calls = cases.filter(({m, n}) => m > 100 || n > 480).map((each) => callOf(each));
    const digests = ['1', '2', '7'].map((threads) => {
      const hash = createHash('sha256');
      for (const [product] of executedInProcess(calls, {ALGOPERF_TS_THREADS: threads})) hash.update(product!);
      return hash.digest('hex');
    });
    expect(new Set(digests).size).toBe(1);
  });

  const [m, n] = [40, 500];
  const each = {m, k: 30, n, transposeA: true, transposeB: false};
  const rowsOf = (ids: readonly number[], seed: number): Rows => {
    return {ids, values: random([ids.length, n], seed).data as Float32Array};
  };

  test('take in further rows, one after the other; numbers below 0 are left out', () => {
    const further = [rowsOf([3, 39, 3, -1, 0], 4), rowsOf([3, 7], 5)];
    const [[product], [sum]] = executedInProcess([callOf(each), callOf(each, further)], {}) as [
      [Float32Array],
      [Float32Array],
    ];
    for (const {ids, values} of further) {
      for (const [row, id] of ids.entries()) {
        if (id < 0) continue;
        for (let j = 0; j < n; j++) product[id * n + j]! += values[row * n + j]!;
      }
    }
    expect(sum).toEqual(product);
  });

  test.each<[string, number[][], string]>([
    ['a row that the product has not', [[2, 3], [3, 4], [1], [1, 4]], 'the product has no such row'],
    ['rows of another length', [[3, 3], [3, 4], [1], [1, 5]], 'rows as long as the product'],
    [
      'a stack',
      [
        [1, 2, 3],
        [3, 4],
      ],
      'needs two matrices',
    ],
    [
      'other sizes',
      [
        [2, 3],
        [4, 2],
      ],
      'the matrices do not fit each other',
    ],
  ])('are refused of %s', (_, shapes, message) => {
    const {binding} = tensorflowBackend();
    const ids = shapes.map((shape) =>
      shape.length === 1
        ? binding.createTensor(shape, 3, Int32Array.of(2))
        : binding.createTensor(shape, 1, new Float32Array(shape.reduce((size, each) => size * each, 1))),
    );
    const {attributes} = callOf({m: 1, k: 1, n: 1, transposeA: false, transposeB: false});
    const [, ...flags] = attributes;
    const count = {name: 'N', type: attributeKinds.int, value: shapes.length / 2 - 1};
    expect(() => binding.executeOp('LargeMatMul', [count, ...flags], ids, 1)).toThrow(message);
    for (const id of ids) binding.deleteTensor(id);
  });

  test.each([
    ['large', [256, 256], [256, 256], 'LargeMatMul'],
    ['small', [256, 256], [256, 150], 'MatMul'],
    ['in a stack', [4, 256, 256], [4, 256, 256], 'SharedMatMul'],
    ['in a stack of small ones', [4, 99, 100], [4, 100, 10], 'BatchMatMulV2'],
    ['with few rows', [4, 2048], [2048, 2048], 'MatMul'],
  ])('are those of the model that are worth it: %s', (_, a, b, operation) => {
    const used = operationsOf(() => tf.tidy(() => void tf.matMul(tf.zeros(a as never), tf.zeros(b as never))));
    expect(used.filter((op) => op.includes('MatMul'))).toEqual([operation]);
  });

  /** The gradient of a table that gives a model its inputs, twice, and takes its outputs. */
  function tableGradient(): {gradient: ArrayLike<number>; graph: string} {
    const [ROWS, WIDTH, TOKENS] = [400, 256, 128];
    const ids: NdArray = {
      shape: [TOKENS],
      dtype: 'int32',
      data: Int32Array.from({length: TOKENS}, (_, i) => (i * i) % ROWS),
    };
    const look: Entry = (state, inputs) => {
      const {gradients} = lossAndGradients((params) => {
        const {table} = params as {table: Tensor};
        const x = tf.add(
          embed(table, inputs.ids!),
          tf.mul(embed(table, tf.sub(tf.scalar(ROWS - 1, 'int32'), inputs.ids!) as Tensor), 3),
        );
        return {loss: tf.sum(tf.square(embedLogits(table, x as Tensor))), aux: {}};
      }, state.params);
      return {state, outputs: {gradient: (gradients as {table: Tensor}).table}};
    };
    let gradient: ArrayLike<number> = [];
    const graphs = loadedGraphs(() => {
      const program = compileGraph({params: {table: random([ROWS, WIDTH], 6)}, modelState: {}, optimizer: {}}, {look});
      gradient = program.run('look', {ids}).array('gradient').data.slice();
      program.dispose();
    });
    return {gradient, graph: graphs.join('')};
  }

  test('take in the rows that were read of the same table, which needs no other of its size', () => {
    const {gradient, graph} = tableGradient();
    expect(graph).toContain('LargeMatMul');
    expect(graph).not.toContain('UnsortedSegmentSum');
    const before = process.env.TF_NUM_INTRAOP_THREADS;
    process.env.TF_NUM_INTRAOP_THREADS = '1';
    try {
      const other = tableGradient();
      expect(other.graph).toContain('UnsortedSegmentSum');
      const most = Math.max(...Array.from(other.gradient, Math.abs));
      const worst = Math.max(...Array.from(other.gradient, (value, i) => Math.abs(value - gradient[i]!)));
      expect(worst / most).toBeLessThan(1e-6);
    } finally {
      if (before === undefined) delete process.env.TF_NUM_INTRAOP_THREADS;
      else process.env.TF_NUM_INTRAOP_THREADS = before;
    }
  });
});
