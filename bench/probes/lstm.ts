import {type Tensor, type Tree, zeros} from '../../src/contract/index.js';
import {split, tf} from '../../src/engine/index.js';
import {noise, type Probe, scaled} from './probe.js';

const [INPUTS, HIDDEN, OUTPUTS, BATCH] = [512, 256, 64, 8];

interface Params {
  readonly kernel: Tensor;
  readonly bias: Tensor;
  readonly out: Tensor;
}

/** One layer of LSTM, 512 to 256, over sequences of a length; the loss is the sum of squares of what each step gives. */
export function lstm(length: number): Probe {
  return {
    batchSize: BATCH,
    model: {
      paramTypes: {kernel: 'weight', bias: 'bias', out: 'weight'},
      initModel(key) {
        const [kernel, out] = split(key, 2);
        return {
          params: {
            kernel: scaled(kernel!, [INPUTS + HIDDEN, 4 * HIDDEN], 0.04),
            bias: zeros([4 * HIDDEN]),
            out: scaled(out!, [HIDDEN, OUTPUTS], 0.05),
          },
          modelState: {},
        };
      },
      modelFn: (params, {inputs}, modelState) => ({
        logits: outputsOf(params as unknown as Params, inputs!) as Tree<Tensor>,
        modelState,
      }),
      lossFn({logits}) {
        const perExample = tf.sum(tf.square(logits as Tensor), -1);
        return {summed: tf.sum(perExample), nValidExamples: tf.scalar(1), perExample};
      },
    },
    batch: (seed) => ({inputs: noise([BATCH, length, INPUTS], seed)}),
  };
}

/** [BATCH, length, INPUTS] to [length, BATCH, OUTPUTS] */
function outputsOf({kernel, bias, out}: Params, inputs: Tensor): Tensor {
  let hidden: Tensor = tf.zeros([BATCH, HIDDEN]);
  let cell: Tensor = tf.zeros([BATCH, HIDDEN]);
  const outputs = tf.unstack(inputs, 1).map((x) => {
    const gates = tf.add(tf.matMul(tf.concat([x, hidden], 1) as never, kernel as never), bias);
    const [input, candidate, forget, output] = tf.split(gates, 4, 1);
    cell = tf.add(tf.mul(tf.sigmoid(forget!), cell), tf.mul(tf.sigmoid(input!), tf.tanh(candidate!)));
    hidden = tf.mul(tf.sigmoid(output!), tf.tanh(cell));
    return tf.matMul(hidden as never, out as never);
  });
  return tf.stack(outputs);
}
