import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {compile, gru, lossAndGradients, openEngine, scan, tf} from '../../src/engine/index.js';
import {values} from '../helpers/golden-values.js';
import {hasTensorflow, withoutOwnOperations} from '../helpers/tensorflow.js';

interface Case {
  readonly kind: 'gru' | 'twoStates';
  readonly shapes: {readonly [name: string]: number[]};
  readonly lengths: number[] | null;
  /** Outputs, and the last states. */
  readonly results: number[][];
  /** In the order of `shapes`. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'recurrences.json'), 'utf8'),
);

type Tensors = {readonly [name: string]: Tensor};

function twoStates({inputs, kernel, recurrentKernel, bias, fading, hidden, size}: Tensors, lengths?: Tensor): Tensor[] {
  const recurrent = (x: Tensor): Tensor => tf.matMul(x as never, recurrentKernel as never);
  const {carry, outputs} = scan(
    (state, x) => {
      const sum = tf.add(recurrent(state.hidden), recurrent(tf.mul(state.hidden, state.size)));
      const next: Tensor = tf.tanh(tf.add(tf.add(tf.matMul(x as never, kernel as never), sum), bias!));
      const nextSize: Tensor = tf.add(tf.mul(tf.sigmoid(fading!), state.size), tf.square(next));
      return {carry: {hidden: next, size: nextSize}, output: tf.mul(next, nextSize)};
    },
    {carry: {hidden: hidden!, size: size!}, inputs: inputs!, lengths},
  );
  return [outputs, carry.hidden, carry.size];
}

const layers: {readonly [kind in Case['kind']]: (given: Tensors, lengths?: Tensor) => Tensor[]} = {
  twoStates,
  gru({inputs, hidden, ...params}, lengths) {
    const result = gru(inputs!, params as never, {hidden: hidden!, ...(lengths ? {lengths} : {})});
    return [result.outputs, result.hidden];
  },
};

function weighted(result: Tensor, i: number): Tensor {
  return tf.sum(tf.mul(result, tf.tensor(values(result.shape, 11 + i), result.shape)));
}

/** The results, and the gradients of their sum times fixed numbers. */
function entryOf(kind: Case['kind']): Entry {
  return (state, {given, lengths}) => {
    const {aux, gradients} = lossAndGradients((tree) => {
      const results = layers[kind](tree as Tensors, lengths as Tensor | undefined);
      return {loss: tf.addN(results.map(weighted)) as never, aux: Object.fromEntries(results.entries())};
    }, given as never);
    const named = Object.entries(gradients as Tensors).map(([name, tensor]) => [`d ${name}`, tensor]);
    return {state, outputs: {...(aux as Tensors), ...Object.fromEntries(named)}};
  };
}

function computed({kind, shapes, lengths}: Case): Float32Array[] {
  const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry: entryOf(kind)});
  const given = Object.entries(shapes).map(([name, shape], i): [string, NdArray] => {
    return [name, {shape, dtype: 'float32', data: values(shape, i + 1)}];
  });
  const ends: NdArray | undefined = lengths
    ? {shape: [lengths.length], dtype: 'int32', data: Int32Array.from(lengths)}
    : undefined;
  const outputs = program.run('entry', {given: Object.fromEntries(given) as never, ...(ends ? {lengths: ends} : {})});
  const arrays = outputs.arrays();
  program.dispose();
  return Object.values(arrays).map(({data}) => data as Float32Array);
}

/** Compared with the largest value: where terms cancel, it is their own size that float32 rounds. */
function expectClose({results, gradients}: Case, found: readonly Float32Array[]): void {
  const expected = [...results, ...gradients];
  expect(found.map(({length}) => length)).toEqual(expected.map(({length}) => length));
  for (const [i, array] of expected.entries()) {
    const limit = 5e-6 * Math.max(1e-3, ...array.map(Math.abs));
    const worst = Math.max(...array.map((value, at) => Math.abs(value - found[i]![at]!)));
    expect(worst, `${i}`).toBeLessThanOrEqual(limit);
  }
}

const titled = golden.cases.map((each) => [each.kind, JSON.stringify(each.shapes.inputs), each.lengths, each] as const);

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])(
  `on %s, recurrences as ${golden.madeBy}`,
  (engine) => {
    beforeAll(() => openEngine(engine));

    test.each(titled)('%s, inputs %s, lengths %j', (_, __, ___, given) => expectClose(given, computed(given)));

    test('a GRU begins with zeros', () => {
      const [batch, units] = [2, 3];
      const shapes = {inputs: [batch, 1, 2], kernel: [2, 9], recurrentKernel: [3, 9], bias: [9], recurrentBias: [3]};
      tf.tidy(() => {
        const tensors = Object.entries(shapes).map(([name, shape], i) => [
          name,
          tf.tensor(values(shape, i + 1), shape),
        ]);
        const {inputs, ...params} = Object.fromEntries(tensors);
        const zeros = tf.zeros([batch, units]) as Tensor;
        const [begun, explicit] = [{}, {hidden: zeros}].map((options) => gru(inputs, params, options));
        expect(begun!.hidden.arraySync()).toEqual(explicit!.hidden.arraySync());
      });
    });

    test('a state that changes its form is refused', () => {
      const given = {carry: {sum: tf.zeros([2, 1]) as Tensor}, inputs: tf.zeros([2, 3, 1]) as Tensor};
      expect(() =>
        scan(() => ({carry: {sum: tf.zeros([2]) as Tensor}, output: tf.zeros([2]) as Tensor}), given),
      ).toThrow("scan: a step hands on 'sum' as float32 [2]; it is given it as float32 [2, 1]");
      expect(() => scan(() => ({carry: {} as never, output: tf.zeros([2]) as Tensor}), given)).toThrow(
        "scan: a step hands on 'sum' not at all",
      );
    });
  },
);

describe.skipIf(!hasTensorflow)("with an addon of an npm package's", () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each([titled[2]!, titled[5]!])('%s, inputs %s, lengths %j', (_, __, ___, given) =>
    withoutOwnOperations(() => expectClose(given, computed(given))),
  );
});
