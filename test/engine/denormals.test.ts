import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {attributeKinds} from '../../src/engine/tensorflow/binding.js';
import {LEAST_CALLS} from '../../src/engine/tensorflow/calls.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {REPEATS} from '../../src/engine/tensorflow/runnable-entry.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {type AddonCall, executedInProcess} from '../helpers/addon.js';
import {onTensorflow} from '../helpers/tensorflow.js';

// The graph runs on the thread that asks for it, as that of a small model.
process.env.TF_NUM_INTEROP_THREADS = '-1';
process.env.TF_NUM_INTRAOP_THREADS = '1';

/** Enough for parts for all threads, TensorFlow's and ours. */
const COUNT = 2 ** 17;

/** Their product is a number that float32 has, but no normal one. */
const [SMALL, SMALLER] = [1e-30, 1e-10];

const {type, int, float, bool} = attributeKinds;
const filled = (value: number, ...shape: number[]) => {
  return {shape, data: new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(value)};
};
const attribute = (kind: number) => (name: string, value: unknown) => ({name, type: kind, value});

/** TensorFlow's own product, and those of the addon. */
const calls: readonly AddonCall[] = [
  {
    op: 'Mul',
    attributes: [attribute(type)('T', 1)],
    inputs: [filled(SMALL, COUNT), filled(SMALLER, COUNT)],
    outputs: 1,
  },
  {
    op: 'SharedMatMul',
    attributes: ['transpose_a', 'transpose_b'].map((name) => attribute(bool)(name, false)),
    inputs: [filled(SMALL, COUNT / 64, 1), filled(SMALLER, 1, 64)],
    outputs: 1,
  },
  {
    op: 'SharedSigmoidGradient',
    attributes: [],
    inputs: [filled(0.5, COUNT), filled(3e-38, COUNT)],
    outputs: 1,
  },
  {
    op: 'AdamWUpdate',
    attributes: [
      attribute(int)('N', 1),
      ...Object.entries({b1: SMALLER, b2: SMALLER, eps: 1e-8, weight_decay: 0}).map(([name, value]) =>
        attribute(float)(name, value),
      ),
      attribute(bool)('nesterov', false),
    ],
    inputs: [
      ...[SMALL, SMALL, SMALL, 0].map((value) => filled(value, COUNT)),
      ...[1, 0].map((value) => ({shape: [], data: Float32Array.of(value)})),
    ],
    outputs: 3,
  },
];

/** Whether a number is neither 0 nor normal. */
const isDenormal = (value: number): boolean => value !== 0 && Math.abs(value) < 2 ** -126;

describe.skipIf(!hasOwnAddon())(onTensorflow('denormal numbers'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(['1', '2', '4'])('are flushed to 0 by all of %s threads', (threads) => {
    const env = {TF_NUM_INTRAOP_THREADS: threads, ALGOPERF_TS_THREADS: threads};
    const results = executedInProcess(calls, env);
    results.forEach((outputs, i) => {
      const found = outputs.reduce((sum, values) => sum + values.filter(isDenormal).length, 0);
      expect(found, calls[i]!.op).toBe(0);
    });
    // The parameter of AdamW alone is what it was.
    expect(results.map(([first]) => first![COUNT - 1])).toEqual([0, 0, 0, Math.fround(SMALL)]);
  });

  test('are flushed to 0 in a graph, in single and in repeated calls, and kept in JavaScript', () => {
    const state: TrainState<NdArray> = {
      params: {values: {dtype: 'float32', ...filled(1, 1000)}},
      modelState: {},
      optimizer: {},
    };
    const fading: Entry = ({params, ...rest}) => {
      const {values} = params as {values: Tensor};
      return {state: {params: {values: tf.mul(values, 1e-15)}, ...rest}, outputs: {}};
    };
    for (const calls of [3, LEAST_CALLS + REPEATS]) {
      const program = compileGraph(state, {fading});
      for (let i = 0; i < calls; i++) program.run('fading', {});
      const {values} = program.read().params as {values: NdArray};
      expect([...values.data].filter((value) => value !== 0)).toEqual([]);
      program.dispose();
    }
    const least = Number.MIN_VALUE;
    expect(least / 1 > 0 && Math.fround(1e-40) > 0).toBe(true);
  });

  test('are flushed to 0 in single operations', () => {
    expect(tf.mul(tf.fill([8], SMALL), SMALLER).dataSync()).toEqual(new Float32Array(8));
  });
});
