import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {sizeOf, type Tensor} from '../../src/contract/index.js';
import {dense, openEngine, softmaxCrossEntropy, tf} from '../../src/engine/index.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;

interface Case {
  readonly op: string;
  readonly shapes: number[][];
  readonly options: {readonly [name: string]: Any};
  readonly loss: number;
  /** One list of values for each input. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'gradients.json'), 'utf8'),
);

/** The numbers of the golden program's `values`. */
function values(shape: readonly number[], seed: number): Float32Array {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return Float32Array.from({length: sizeOf(shape)}, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 7 === 3 ? 0 : (state >>> 25) / 64 - 1;
  });
}

function poolOf(pool: 'maxPool' | 'avgPool') {
  return ([x]: Any[], {size, stride, pad}: Any): Tensor => tf[pool](x, size, stride, pad);
}

function crossEntropy([logits]: Any[], {targets, weights, labelSmoothing, scale = 1}: Any): Tensor {
  const given = typeof targets[0] === 'number' ? tf.tensor1d(targets, 'int32') : tf.tensor2d(targets);
  const counted = weights ? {weights: tf.tensor1d(weights)} : {};
  return softmaxCrossEntropy({logits: tf.mul(logits, scale), targets: given, labelSmoothing, ...counted}).perExample;
}

const operations: {[name: string]: (inputs: Any[], options: Any) => Tensor} = {
  conv2d: ([x, kernel], {stride, pad}) => tf.conv2d(x, kernel, stride, explicitly(pad)),
  depthwiseConv2d: ([x, kernel], {stride, pad}) => tf.depthwiseConv2d(x, kernel, stride, pad),
  maxPool: poolOf('maxPool'),
  avgPool: poolOf('avgPool'),
  dense: ([x, kernel, bias]) => dense({kernel, bias}, x),
  matMul: ([a, b], {transposeA, transposeB}) => tf.matMul(a, b, transposeA, transposeB),
  gather: ([x], {rows}) => tf.gather(x, tf.tensor1d(rows, 'int32')),
  softmaxCrossEntropy: crossEntropy,
};

function explicitly(pad: string | number[][]): Any {
  return typeof pad === 'string' ? pad : [[0, 0], ...pad, [0, 0]];
}

function lossOf({op, options}: Case, inputs: Tensor[]): Tensor {
  const result = operations[op]!(inputs, options);
  return tf.sum(tf.mul(result, tf.tensor(values(result.shape, 99), result.shape)));
}

function run(given: Case): {loss: number; gradients: Float32Array[]} {
  const inputs = given.shapes.map((shape, i) => tf.tensor(values(shape, i + 1), shape));
  const {value, grads} = tf.valueAndGrads((...tensors) => lossOf(given, tensors) as Any)(inputs);
  return {loss: value.dataSync()[0]!, gradients: grads.map((gradient) => gradient.dataSync() as Float32Array)};
}

const titled = golden.cases.map((given): [string, Case] => {
  return [`${given.op} ${JSON.stringify(given.shapes)} ${JSON.stringify(given.options)}`, given];
});

describe.each(['wasm', 'cpu'])(`gradients on %s agree with ${golden.madeBy}`, (backend) => {
  beforeAll(() => openEngine(backend));

  test.each(titled)('%s', (_, given) => {
    const before = tf.memory();
    const {loss, gradients} = tf.tidy(() => run(given) as never) as ReturnType<typeof run>;
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    // The relative error of float32 sums, against the largest value: where terms cancel, their own size counts.
    expect(Math.abs(loss - given.loss)).toBeLessThan(2e-6 * (1 + Math.abs(given.loss)));
    expect(gradients.map(({length}) => length)).toEqual(given.gradients.map(({length}) => length));
    for (const [i, expected] of given.gradients.entries()) {
      const limit = 1e-6 * Math.max(...expected.map(Math.abs));
      const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - gradients[i]![at]!)), 0);
      expect(worst, `input ${i}`).toBeLessThanOrEqual(limit);
    }
  });
});
