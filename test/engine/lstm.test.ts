import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {compile, lossAndGradients, lstm, openEngine, scan, tf} from '../../src/engine/index.js';
import {RECURRENT_LSTM} from '../../src/engine/lstm.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {executedInProcess} from '../helpers/addon.js';
import {values} from '../helpers/golden-values.js';
import {hasTensorflow, operationsOf} from '../helpers/tensorflow.js';

const names = ['inputs', 'kernel', 'recurrentKernel', 'bias', 'hidden', 'cell'] as const;
type Named<T> = {readonly [name in (typeof names)[number]]: T};

interface Case {
  readonly shapes: Named<number[]>;
  readonly lengths: number[] | null;
  /** Outputs, last hidden states, last cells. */
  readonly results: number[][];
  /** In the order of `names`. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'lstm.json'), 'utf8'),
);

function weighted(result: Tensor, i: number): Tensor {
  return tf.sum(tf.mul(result, tf.tensor(values(result.shape, 11 + i), result.shape)));
}

/** The results, and the gradients of their sum times fixed numbers. */
function compute(given: Named<Tensor>, lengths: Tensor | undefined): Tensor[] {
  const {aux, gradients} = lossAndGradients((tree) => {
    const {inputs, hidden, cell, ...params} = tree as unknown as Named<Tensor>;
    const {outputs, ...last} = lstm(inputs, params, {hidden, cell, ...(lengths ? {lengths} : {})});
    const results = [outputs, last.hidden, last.cell];
    return {loss: tf.addN(results.map(weighted)) as never, aux: Object.fromEntries(results.entries())};
  }, given);
  return [...Object.values(aux), ...names.map((name) => (gradients as Named<Tensor>)[name])];
}

/** Compared with the largest value: where terms cancel, it is their own size that float32 rounds. */
function expectClose({results, gradients}: Case, found: readonly ArrayLike<number>[]): void {
  for (const [i, expected] of [...results, ...gradients].entries()) {
    const limit = 2e-6 * Math.max(1e-3, ...expected.map(Math.abs));
    const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[i]![at]!)), 0);
    expect(found[i]!.length, `${i}`).toBe(expected.length);
    expect(worst, `${i}`).toBeLessThanOrEqual(limit);
  }
}

function arraysOf({shapes}: Case): Named<NdArray> {
  const entries = names.map((name, i) => {
    return [name, {shape: shapes[name], dtype: 'float32', data: values(shapes[name], i + 1)}];
  });
  return Object.fromEntries(entries);
}

/** By a program: on TensorFlow as one graph. */
function computed(given: Case): ArrayLike<number>[] {
  const entry: Entry = (state, {given: tree, lengths}) => {
    const results = compute(tree as unknown as Named<Tensor>, lengths as Tensor | undefined);
    return {state, outputs: Object.fromEntries(results.entries())};
  };
  const lengths: NdArray | undefined = given.lengths
    ? {shape: [given.lengths.length], dtype: 'int32', data: Int32Array.from(given.lengths)}
    : undefined;
  const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
  const outputs = program.run('entry', {given: arraysOf(given) as never, ...(lengths ? {lengths} : {})}).arrays();
  program.dispose();
  return Object.keys(outputs).map((name) => outputs[name]!.data);
}

const engines = ['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])];

describe.each(engines)(`on %s, LSTM as ${golden.madeBy}`, (engine) => {
  beforeAll(() => openEngine(engine));

  const titled = golden.cases.map((each) => [JSON.stringify(each.shapes.inputs), each.lengths, each] as const);
  test.each(titled)('inputs %s, lengths %j', (_, __, given) => expectClose(given, computed(given)));

  test('begins with zeros', () => {
    const [batch, units] = [2, 3];
    const shapes = {inputs: [batch, 1, 2], kernel: [2, 12], recurrentKernel: [3, 12], bias: [12]};
    tf.tidy(() => {
      const tensors = Object.entries(shapes).map(([name, shape], i) => [name, tf.tensor(values(shape, i + 1), shape)]);
      const {inputs, ...params} = Object.fromEntries(tensors);
      const zeros = tf.zeros([batch, units]);
      const [begun, explicit] = [{}, {hidden: zeros, cell: zeros}].map((options) => lstm(inputs, params, options));
      expect(begun!.cell.arraySync()).toEqual(explicit!.cell.arraySync());
    });
  });

  test('scan hands on what it is given where a sequence has ended', () => {
    tf.tidy(() => {
      const inputs = tf.tensor2d([1, 2, 3, 10, 20, 30], [2, 3]);
      const lengths = tf.tensor1d([3, 1], 'int32');
      const {carry, outputs} = scan(({sum}, x) => ({carry: {sum: tf.add(sum, x)}, output: tf.add(sum, x)}), {
        carry: {sum: tf.zeros([2]) as Tensor},
        inputs,
        lengths,
      });
      expect([...carry.sum.dataSync()]).toEqual([6, 10]);
      expect(outputs.arraySync()).toEqual([
        [1, 3, 6],
        [10, 0, 0],
      ]);
    });
  });
});

describe.skipIf(!hasOwnAddon())('LSTM as an operation of the addon', () => {
  beforeAll(() => openEngine('tensorflow'));

  test('is one for all steps, and one for their gradient', () => {
    const operations = operationsOf(() => {
      const {inputs, hidden, cell, ...params} = arraysOf(golden.cases[3]!);
      tf.tidy(() => {
        const tensors = Object.fromEntries(
          Object.entries({inputs, hidden, cell, ...params}).map(([name, {data, shape}]) => [
            name,
            tf.tensor(data as Float32Array, [...shape]),
          ]),
        ) as Named<Tensor>;
        compute(tensors, undefined);
      });
    });
    expect(operations.filter((op) => op.startsWith('RecurrentLstm'))).toEqual([
      'RecurrentLstm',
      'RecurrentLstmGradient',
    ]);
    expect(operations.filter((op) => /Sigmoid|Tanh/.test(op))).toEqual([]);
  });

  const [batch, steps, units] = [5, 4, 19];
  const input = (shape: number[], seed: number) => ({shape, data: values(shape, seed)});
  const call = {
    op: 'RecurrentLstm',
    attributes: [],
    inputs: [
      input([batch, steps, 4 * units], 1),
      input([units, 4 * units], 2),
      input([batch, units], 3),
      input([batch, units], 4),
      {shape: [batch], data: Int32Array.of(4, 1, 0, 3, 2)},
    ],
    outputs: 5,
  };

  test.each([{ONEDNN_MAX_CPU_ISA: 'AVX2'}, {ONEDNN_MAX_CPU_ISA: 'SSE41'}])('on lesser processors: %j', (env) => {
    const [best] = executedInProcess([call], {});
    const [lesser] = executedInProcess([call], env);
    for (const [i, values] of best!.entries()) {
      for (const [at, value] of values.entries()) expect(lesser![i]![at]).toBeCloseTo(value, 5);
    }
  });

  test('has the same bits on one thread', () => {
    const [all, one] = [{}, {ALGOPERF_TS_THREADS: '1'}].map((env) => executedInProcess([call], env));
    expect(one).toEqual(all);
  });

  test('refuses shapes that do not fit each other', () => {
    const given = {
      gates: tf.zeros([2, 3, 8]),
      kernel: tf.zeros([2, 8]),
      hidden: tf.zeros([2, 2]),
      cell: tf.zeros([1, 2]),
      lengths: tf.fill([2], 3, 'int32'),
    };
    const run = () => tf.engine().runKernel(RECURRENT_LSTM, given as never);
    expect(run).toThrow('the shapes do not fit each other');
  });
});
