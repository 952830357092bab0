import type {Tensor} from '../contract/index.js';
import {requireForms, requireParams, requireTensors, requireTensorsIfGiven, sequences} from './layer-tensors.js';
import {scan} from './scan.js';
import {tf} from './tf.js';

/** Weights of a layer of GRU. The gates' three parts, each `units` wide: reset, update, candidate. */
export interface GruParams {
  /** [inputs, 3 units] */
  readonly kernel: Tensor;
  /** [units, 3 units] */
  readonly recurrentKernel: Tensor;
  /** [3 units] */
  readonly bias: Tensor;
  /** Of what the hidden state makes of the candidate, before it is reset, [units]. */
  readonly recurrentBias: Tensor;
}

export interface GruOptions {
  /** int32 [batch], each from 0 to the number of steps; default: all steps. */
  readonly lengths?: Tensor;
  /** [batch, units]; default: zeros. */
  readonly hidden?: Tensor;
}

export interface GruResult {
  /** [batch, steps, units]: the hidden states; 0 from a sequence's length on. */
  readonly outputs: Tensor;
  /** The hidden state after a sequence's last step, [batch, units]. */
  readonly hidden: Tensor;
}

/**
 * A layer of GRU over sequences, which may be of different lengths, with `x` and `h` the parts of the gates from input and hidden state:
 * `candidate = tanh(x + sigmoid(reset) (h + recurrentBias))`, `hidden = (1 - sigmoid(update)) candidate + sigmoid(update) hidden`. Same
 * as flax's `GRUCell`. A {@link scan}: on TensorFlow a loop in the graph, of which there is no gradient of a gradient.
 * @param inputs - float32 [batch, steps, inputs]
 * @throws RangeError naming what is no tensor, or of another form
 * @see {@link https://arxiv.org/abs/1406.1078 | Cho et al. 2014}; the reset as in cuDNN's
 */
export function gru(inputs: Tensor, params: GruParams, options: GruOptions = {}): GruResult {
  requireParams('gru', params, ['kernel', 'recurrentKernel', 'bias', 'recurrentBias']);
  requireTensors('gru', {inputs});
  requireTensorsIfGiven('gru', {...options});
  const {kernel, recurrentKernel, bias, recurrentBias} = params;
  const [batch, steps, width] = sequences('gru', inputs);
  const units = (recurrentKernel.shape.at(-1) ?? 0) / 3;
  requireForms('gru', {
    recurrentKernel: [recurrentKernel, [units, 3 * units]],
    kernel: [kernel, [width, 3 * units]],
    bias: [bias, [3 * units]],
    recurrentBias: [recurrentBias, [units]],
    ...(options.hidden && {hidden: [options.hidden, [batch, units]]}),
    ...(options.lengths && {lengths: [options.lengths, [batch], 'int32']}),
  });
  const {hidden = tf.zeros([batch, units]), lengths} = options;
  // For all steps at once: this part of the gates does not depend on the state.
  const fromInputs = tf.matMul(tf.reshape(inputs, [batch * steps, width]) as never, kernel as never);
  const gates = tf.reshape(tf.add(fromInputs, bias), [batch, steps, 3 * units]);
  const parts = [2 * units, units];
  const {carry, outputs} = scan(
    (before, own) => {
      const recurrent = tf.matMul(before.hidden as never, recurrentKernel as never);
      const [x, xOfCandidate] = tf.split(own, parts, 1) as [Tensor, Tensor];
      const [h, hOfCandidate] = tf.split(recurrent, parts, 1) as [Tensor, Tensor];
      const [reset, update] = tf.split(tf.sigmoid(tf.add(x, h)), 2, 1) as [Tensor, Tensor];
      const candidate = tf.tanh(tf.add(xOfCandidate, tf.mul(reset, tf.add(hOfCandidate, recurrentBias))));
      const next: Tensor = tf.add(candidate, tf.mul(update, tf.sub(before.hidden, candidate)));
      return {carry: {hidden: next}, output: next};
    },
    {carry: {hidden: hidden as Tensor}, inputs: gates, lengths},
  );
  return {outputs, hidden: carry.hidden};
}
