import type {Tensor} from '../contract/index.js';
import {frozen} from '../support/index.js';
import {requireForms, requireParams, requireTensors, requireTensorsIfGiven, sequences} from './layer-tensors.js';
import {scan} from './scan.js';
import {hasOwnKernel} from './tensorflow/own-operations.js';
import {tf} from './tf.js';

/**
 * A kernel that an engine may have: inputs `gates` [batch, steps, 4 units], `kernel` [units, 4 units], `hidden` and `cell`
 * [batch, units], `lengths` int32 [batch]; outputs: the layer's, the last hidden state and cell, all cells, and the gates after
 * their functions.
 */
export const RECURRENT_LSTM = 'RecurrentLstm';
/**
 * Its gradient: inputs `dOutputs`, `dHidden`, `dCell`, `kernel`, `cell`, `lengths`, `cells`, `active`; outputs: those of `gates`,
 * `hidden` and `cell`.
 */
export const RECURRENT_LSTM_GRADIENT = 'RecurrentLstmGradient';

/** The names of the kernels' inputs, in the order that operations take them. */
export const lstmInputs: {readonly [kernelName: string]: readonly string[]} = frozen({
  [RECURRENT_LSTM]: ['gates', 'kernel', 'hidden', 'cell', 'lengths'],
  [RECURRENT_LSTM_GRADIENT]: ['dOutputs', 'dHidden', 'dCell', 'kernel', 'cell', 'lengths', 'cells', 'active'],
});

/** Weights of a layer of LSTM. The gates' four parts, each `units` wide: input, candidate, forget, output. */
export interface LstmParams {
  /** [inputs, 4 units] */
  readonly kernel: Tensor;
  /** [units, 4 units] */
  readonly recurrentKernel: Tensor;
  /** [4 units] */
  readonly bias: Tensor;
}

export interface LstmOptions {
  /** int32 [batch], each from 0 to the number of steps; default: all steps. */
  readonly lengths?: Tensor;
  /** [batch, units]; default: zeros. */
  readonly hidden?: Tensor;
  /** [batch, units]; default: zeros. */
  readonly cell?: Tensor;
}

export interface LstmResult {
  /** [batch, steps, units]: the hidden states; 0 from a sequence's length on. */
  readonly outputs: Tensor;
  /** The hidden state after a sequence's last step, [batch, units]. */
  readonly hidden: Tensor;
  /** The cell then, [batch, units]. */
  readonly cell: Tensor;
}

/**
 * A layer of LSTM over sequences, which may be of different lengths: `cell = sigmoid(forget) cell + sigmoid(input) tanh(candidate)`,
 * `hidden = sigmoid(output) tanh(cell)`. On TensorFlow with the addon that is built here it is one operation for all steps, of
 * which there is no gradient of a gradient.
 * @param inputs - float32 [batch, steps, inputs]
 * @throws RangeError naming what is no tensor, or of another form
 * @see {@link https://doi.org/10.1162/neco.1997.9.8.1735 | Hochreiter and Schmidhuber 1997}
 */
export function lstm(inputs: Tensor, params: LstmParams, options: LstmOptions = {}): LstmResult {
  requireParams('lstm', params, ['kernel', 'recurrentKernel', 'bias']);
  requireTensors('lstm', {inputs});
  requireTensorsIfGiven('lstm', {...options});
  const {kernel, recurrentKernel, bias} = params;
  const [batch, steps, width] = sequences('lstm', inputs);
  const units = (recurrentKernel.shape.at(-1) ?? 0) / 4;
  requireForms('lstm', {
    recurrentKernel: [recurrentKernel, [units, 4 * units]],
    kernel: [kernel, [width, 4 * units]],
    bias: [bias, [4 * units]],
    ...(options.hidden && {hidden: [options.hidden, [batch, units]]}),
    ...(options.cell && {cell: [options.cell, [batch, units]]}),
    ...(options.lengths && {lengths: [options.lengths, [batch], 'int32']}),
  });
  const {hidden = tf.zeros([batch, units]), cell = tf.zeros([batch, units])} = options;
  // For all steps at once: this part of the gates does not depend on the state.
  const fromInputs = tf.matMul(tf.reshape(inputs, [batch * steps, width]) as never, kernel as never);
  const gates = tf.reshape(tf.add(fromInputs, bias), [batch, steps, 4 * units]);
  if (!hasOwnKernel(RECURRENT_LSTM))
    return stepByStep(gates, recurrentKernel, {hidden, cell, lengths: options.lengths});
  const lengths = options.lengths ?? tf.fill([batch], steps, 'int32');
  const given = {gates, kernel: recurrentKernel, hidden, cell, lengths};
  const [outputs, lastHidden, lastCell] = tf.engine().runKernel(RECURRENT_LSTM, given as never) as Tensor[];
  return {outputs: outputs!, hidden: lastHidden!, cell: lastCell!};
}

interface State {
  readonly hidden: Tensor;
  readonly cell: Tensor;
  readonly lengths: Tensor | undefined;
}

function stepByStep(gates: Tensor, kernel: Tensor, {hidden, cell, lengths}: State): LstmResult {
  const {carry, outputs} = scan(
    (state, own) => {
      const all = tf.add(own, tf.matMul(state.hidden as never, kernel as never));
      const [input, candidate, forget, output] = tf.split(all, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const kept = tf.mul(tf.sigmoid(forget), state.cell);
      const next: Tensor = tf.add(kept, tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
      const shown: Tensor = tf.mul(tf.sigmoid(output), tf.tanh(next));
      return {carry: {hidden: shown, cell: next}, output: shown};
    },
    {carry: {hidden, cell}, inputs: gates, lengths},
  );
  return {outputs, ...carry};
}

/** For an engine that has the kernels. */
export function registerLstmGradient(): void {
  tf.registerGradient({
    kernelName: RECURRENT_LSTM,
    inputsToSave: ['kernel', 'hidden', 'cell', 'lengths'],
    outputsToSave: [true, false, false, true, true],
    gradFunc: (upstream, saved) => {
      const [dOutputs, dHidden, dCell] = upstream as unknown as Tensor[];
      const [kernel, hidden, cell, lengths, outputs, cells, active] = saved as Tensor[];
      const given = {dOutputs, dHidden, dCell, kernel, cell, lengths, cells, active};
      const [dGates, dFirstHidden, dFirstCell] = tf
        .engine()
        .runKernel(RECURRENT_LSTM_GRADIENT, given as never) as Tensor[];
      return {
        gates: () => dGates!,
        kernel: () => kernelGradient(hidden!, outputs!, dGates!),
        hidden: () => dFirstHidden!,
        cell: () => dFirstCell!,
      };
    },
  });
}

/** The products of all steps as one: of the hidden state before each of them, and its gates' gradient. */
function kernelGradient(hidden: Tensor, outputs: Tensor, dGates: Tensor): Tensor {
  const [batch, steps, units] = outputs.shape as [number, number, number];
  const before = tf.concat([tf.expandDims(hidden, 1), tf.slice(outputs, [0, 0, 0], [batch, steps - 1, units])], 1);
  const [rows, columns] = [before, dGates].map((each) => tf.reshape(each, [batch * steps, each.shape[2]!]));
  return tf.matMul(rows as never, columns as never, true);
}
