import {type Tensor, type Tree, zeros} from '../../src/contract/index.js';
import {type LstmParams, lstm as layer, split, tf} from '../../src/engine/index.js';
import {noise, type Probe, scaled} from './probe.js';

const [INPUTS, HIDDEN, OUTPUTS, BATCH] = [512, 256, 64, 8];

interface Params extends LstmParams {
  readonly out: Tensor;
}

/** One layer of LSTM, 512 to 256, over sequences of a length; the loss is the sum of squares of what each step gives. */
export function lstm(length: number): Probe {
  return {
    batchSize: BATCH,
    model: {
      paramTypes: {kernel: 'weight', recurrentKernel: 'weight', bias: 'bias', out: 'weight'},
      initModel(key) {
        const [kernel, recurrentKernel, out] = split(key, 3);
        return {
          params: {
            kernel: scaled(kernel!, [INPUTS, 4 * HIDDEN], 0.04),
            recurrentKernel: scaled(recurrentKernel!, [HIDDEN, 4 * HIDDEN], 0.04),
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

/** [BATCH, length, INPUTS] to [BATCH * length, OUTPUTS] */
function outputsOf({out, ...params}: Params, inputs: Tensor): Tensor {
  const {outputs} = layer(inputs, params);
  return tf.matMul(tf.reshape(outputs, [-1, HIDDEN]) as never, out as never);
}
