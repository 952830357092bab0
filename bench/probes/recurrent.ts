import {type NdArray, type ParameterType, type Tensor, type Tree, zeros} from '../../src/contract/index.js';
import {type GruParams, gru, scan, split, tf} from '../../src/engine/index.js';
import {noise, type Probe, scaled} from './probe.js';

const [INPUTS, HIDDEN, OUTPUTS, BATCH] = [512, 256, 64, 8];

interface Recurrence<P> {
  /** How many times as wide as the hidden state the kernels are. */
  readonly parts: number;
  /** Its biases' lengths, by name. */
  readonly biases: {readonly [name: string]: number};
  /** [BATCH, length, INPUTS] to [BATCH, length, HIDDEN] */
  readonly apply: (inputs: Tensor, params: P) => Tensor;
}

interface SimpleParams {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias: Tensor;
}

/** One layer of GRU, 512 to 256, over sequences of a length. */
export const gruOver = (length: number): Probe =>
  probeOf<GruParams>(length, {
    parts: 3,
    biases: {bias: 3 * HIDDEN, recurrentBias: HIDDEN},
    apply: (inputs, params) => gru(inputs, params).outputs,
  });

/** The same of a simple recurrence, `tanh(x kernel + h recurrentKernel + bias)`. */
export const simpleOver = (length: number): Probe =>
  probeOf<SimpleParams>(length, {
    parts: 1,
    biases: {bias: HIDDEN},
    apply: (inputs, {kernel, recurrentKernel, bias}) =>
      scan(
        ({hidden}, x) => {
          const [own, recurrent] = [
            tf.matMul(x as never, kernel as never),
            tf.matMul(hidden as never, recurrentKernel as never),
          ];
          const next: Tensor = tf.tanh(tf.add(tf.add(own, recurrent), bias));
          return {carry: {hidden: next}, output: next};
        },
        {carry: {hidden: tf.zeros([BATCH, HIDDEN]) as Tensor}, inputs},
      ).outputs,
  });

/** The loss is the sum of squares of what each step gives. */
function probeOf<P>(length: number, {parts, biases, apply}: Recurrence<P>): Probe {
  const weights = ['kernel', 'recurrentKernel', 'out'];
  const types = [...weights.map((name) => [name, 'weight']), ...Object.keys(biases).map((name) => [name, 'bias'])];
  return {
    batchSize: BATCH,
    model: {
      paramTypes: Object.fromEntries(types) as {[name: string]: ParameterType},
      initModel(key) {
        const [kernel, recurrentKernel, out] = split(key, 3);
        const params: {[name: string]: NdArray} = {
          kernel: scaled(kernel!, [INPUTS, parts * HIDDEN], 0.04),
          recurrentKernel: scaled(recurrentKernel!, [HIDDEN, parts * HIDDEN], 0.04),
          out: scaled(out!, [HIDDEN, OUTPUTS], 0.05),
        };
        for (const [name, width] of Object.entries(biases)) params[name] = zeros([width]);
        return {params, modelState: {}};
      },
      modelFn(params, {inputs}, modelState) {
        const {out, ...own} = params as unknown as P & {readonly out: Tensor};
        const outputs = apply(inputs!, own as unknown as P);
        const logits = tf.matMul(tf.reshape(outputs, [-1, HIDDEN]) as never, out as never);
        return {logits: logits as Tree<Tensor>, modelState};
      },
      lossFn({logits}) {
        const perExample = tf.sum(tf.square(logits as Tensor), -1);
        return {summed: tf.sum(perExample), nValidExamples: tf.scalar(1), perExample};
      },
    },
    batch: (seed) => ({inputs: noise([BATCH, length, INPUTS], seed)}),
  };
}
