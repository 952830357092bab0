import type {
  Batch,
  InitialModel,
  Key,
  ModelOptions,
  ModelResult,
  ParameterType,
  Tensor,
  Tree,
} from '../../src/contract/index.js';
import {zeros} from '../../src/contract/index.js';
import {type DenseParams, dense, lecunNormal, split, tf} from '../../src/engine/index.js';

const [PIXELS, HIDDEN, CLASSES] = [784, 128, 10];

interface MnistParams {
  readonly dense0: DenseParams;
  readonly dense1: DenseParams;
}

export const paramTypes: Tree<ParameterType> = {
  dense0: {kernel: 'weight', bias: 'bias'},
  dense1: {kernel: 'weight', bias: 'bias'},
};

/** 101,770 parameters: kernels by `lecunNormal`, biases 0, as flax's `Dense`. */
export function initModel(key: Key): InitialModel {
  const [key0, key1] = split(key, 2);
  return {
    params: {
      dense0: {kernel: lecunNormal(key0!, [PIXELS, HIDDEN]), bias: zeros([HIDDEN])},
      dense1: {kernel: lecunNormal(key1!, [HIDDEN, CLASSES]), bias: zeros([CLASSES])},
    },
    modelState: {},
  };
}

/** Inputs [batch, 784] float32 to logits [batch, 10], through 128 sigmoid units. It has no dropout and keeps no state. */
export function modelFn(
  params: Tree<Tensor>,
  {inputs}: Batch,
  modelState: Tree<Tensor>,
  _: ModelOptions,
): ModelResult<Tensor> {
  const {dense0, dense1} = params as unknown as MnistParams;
  const hidden = tf.sigmoid(dense(dense0, inputs!)); // [batch, 128]
  return {logits: dense(dense1, hidden), modelState};
}
