import type {Tensor} from '../../src/contract/index.js';
import {dense, softmaxCrossEntropy, tf} from '../../src/engine/index.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;

/** An operation of the golden file: tensors and options in, one tensor out. */
export type Operation = (inputs: Any[], options: Any) => Tensor;

function named(name: string): (...given: Any[]) => Any {
  return (tf as Any)[name];
}

function integers(values: Any): Any {
  return tf.tensor(values, undefined, 'int32');
}

function poolOf(pool: 'maxPool' | 'avgPool' | 'maxPool3d' | 'avgPool3d'): Operation {
  return ([x], {size, stride, pad}) => named(pool)(x, size, stride, pad);
}

function resizeBy(resize: 'resizeBilinear' | 'resizeNearestNeighbor'): Operation {
  return ([x], {size, alignCorners, halfPixelCenters}) => tf.image[resize](x, size, alignCorners, halfPixelCenters);
}

function explicitly(pad: string | number[][]): Any {
  return typeof pad === 'string' ? pad : [[0, 0], ...pad, [0, 0]];
}

function softmaxLosses([logits]: Any[], {targets, weights, labelSmoothing, scale = 1}: Any): Tensor {
  const given = typeof targets[0] === 'number' ? integers(targets) : tf.tensor(targets);
  const counted = weights ? {weights: tf.tensor1d(weights)} : {};
  return softmaxCrossEntropy({logits: tf.mul(logits, scale), targets: given, labelSmoothing, ...counted}).perExample;
}

function attention([q, k, v]: Any[], {mask}: Any): Tensor {
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape.at(-1)));
  return tf.matMul(tf.softmax(mask ? tf.add(scores, tf.tensor2d(mask)) : scores), v);
}

function gelu([x]: Any[], {approximate}: Any): Tensor {
  const scaled = tf.mul(x, 3);
  const cubic = tf.mul(Math.sqrt(2 / Math.PI), tf.add(scaled, tf.mul(0.044715, tf.pow(scaled, 3))));
  const cumulative = approximate ? tf.tanh(cubic) : tf.erf(tf.mul(scaled, Math.SQRT1_2));
  return tf.mul(tf.mul(scaled, 0.5), tf.add(1, cumulative));
}

/** Magnitudes by a product with the cosines and sines of the transform, whose columns the window is multiplied into. */
function stft([x]: Any[], {frame, hop}: Any): Tensor {
  const [length, bins] = [x.shape[1], frame / 2 + 1];
  const frames = Array.from({length: (length - frame) / hop + 1}, (_, i) => tf.slice(x, [0, i * hop], [-1, frame]));
  const wave = (of: (angle: number) => number): Any => {
    const values = Array.from({length: frame * bins}, (_, i) => {
      const sample = Math.floor(i / bins);
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * sample) / frame);
      return window * of((2 * Math.PI * sample * (i % bins)) / frame);
    });
    return tf.tensor(values, [1, frame, bins]);
  };
  const stacked = tf.stack(frames, 1) as Any;
  const [real, imaginary] = [tf.matMul(stacked, wave(Math.cos)), tf.matMul(stacked, wave(Math.sin))];
  return tf.sqrt(tf.add(tf.add(tf.square(real), tf.square(imaginary)), 1e-3));
}

function standardized(x: Any, axes: number[], epsilon: number): Tensor {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

function batchNorm([x, scale, bias]: Any[]): Tensor {
  const {mean, variance} = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean as Any, variance as Any, bias, scale, 1e-5);
}

function lstm([x, h, c, inputKernel, kernel, bias]: Any[]): Tensor {
  const gates = tf.split(tf.add(tf.add(tf.matMul(x, inputKernel), tf.matMul(h, kernel)), bias), 4, 1);
  const [input, forget, output] = [gates[0]!, gates[1]!, gates[3]!].map((gate) => tf.sigmoid(gate));
  const next = tf.add(tf.mul(forget!, c), tf.mul(input!, tf.tanh(gates[2]!)));
  return tf.concat([next, tf.mul(output!, tf.tanh(next))], 1);
}

function gru([x, h, inputKernel, inputBias, kernel, bias]: Any[]): Tensor {
  const [inputReset, inputUpdate, inputNew] = tf.split(tf.add(tf.matMul(x, inputKernel), inputBias), 3, 1);
  const [stateReset, stateUpdate, stateNew] = tf.split(tf.matMul(h, kernel), 3, 1);
  const reset = tf.sigmoid(tf.add(inputReset!, stateReset!));
  const update = tf.sigmoid(tf.add(inputUpdate!, stateUpdate!));
  const candidate = tf.tanh(tf.add(inputNew!, tf.mul(reset, tf.add(stateNew!, bias))));
  return tf.add(tf.mul(tf.sub(1, update), candidate), tf.mul(update, h));
}

/** The operations of `test/golden/gradients.json`, by their names there. */
export const operations: {readonly [name: string]: Operation} = {
  'losses.softmaxCrossEntropy': ([labels, logits], {labelSmoothing, scale}) =>
    tf.losses.softmaxCrossEntropy(labels, tf.mul(logits, scale), undefined, labelSmoothing, tf.Reduction.NONE),
  conv1d: ([x, kernel], {stride, pad}) => tf.conv1d(x, kernel, stride, pad),
  conv2d: ([x, kernel], {stride, pad}) => tf.conv2d(x, kernel, stride, explicitly(pad)),
  conv3d: ([x, kernel], {stride, pad}) => tf.conv3d(x, kernel, stride, pad),
  conv2dTranspose: ([x, kernel], {outputShape, stride, pad}) => tf.conv2dTranspose(x, kernel, outputShape, stride, pad),
  depthwiseConv2d: ([x, kernel], {stride, pad}) => tf.depthwiseConv2d(x, kernel, stride, pad),
  maxPool: poolOf('maxPool'),
  maxPool3d: poolOf('maxPool3d'),
  avgPool3d: poolOf('avgPool3d'),
  avgPool: poolOf('avgPool'),
  resizeBilinear: resizeBy('resizeBilinear'),
  resizeNearestNeighbor: resizeBy('resizeNearestNeighbor'),
  dense: ([x, kernel, bias]) => dense({kernel, bias}, x),
  matMul: ([a, b], {transposeA, transposeB}) => tf.matMul(a, b, transposeA, transposeB),
  attention,
  stft,
  gather: ([x], {indices, axis, batchDims = 0}) => tf.gather(x, integers(indices), axis, batchDims),
  unsortedSegmentSum: ([x], {ids, segments}) => tf.unsortedSegmentSum(x, integers(ids), segments),
  pad: ([x], {pads, value}) => tf.pad(x, pads, value),
  mirrorPad: ([x], {pads, mode}) => tf.mirrorPad(x, pads, mode),
  slice: ([x], {begin, size}) => tf.slice(x, begin, size),
  concat: (inputs, {axis}) => tf.concat(inputs, axis),
  stack: (inputs, {axis}) => tf.stack(inputs, axis),
  unstack: ([x], {axis}) => tf.mul(tf.unstack(x, axis)[2]!, tf.unstack(x, axis)[0]!),
  tile: ([x], {times}) => tf.tile(x, times),
  transpose: ([x], {permutation}) => tf.transpose(x, permutation),
  reverse: ([x], {axis}) => tf.reverse(x, axis),
  cumsum: ([x], {axis, exclusive, reverse}) => tf.cumsum(x, axis, exclusive, reverse),
  elementwise: ([x], {name, shift}) => named(name)(tf.add(tf.mul(x, 3), shift)),
  gradient: ([x], {name}) =>
    tf.grad((given) => tf.sum(tf.square(name === 'logSumExp' ? tf.logSumExp(given, -1) : named(name)(given))))(x),
  gelu,
  softmax: ([x], {scale}) => tf.softmax(tf.mul(x, scale)),
  logSoftmax: ([x], {scale}) => tf.logSoftmax(tf.mul(x, scale)),
  reduce: ([x], {name, axis}) => named(name)(x, axis),
  arithmetic: ([a, b], {name}) => named(name)(tf.add(a, 1.2578125), tf.add(b, 1.25)),
  where: ([a, b]) => {
    const isChosen = tf.logicalAnd(tf.greater(a, b), tf.logicalNot(tf.lessEqual(b, -0.5)));
    return tf.where(isChosen, tf.mul(a, b), tf.sub(a, b));
  },
  clipByValue: ([x], {low, high}) => tf.clipByValue(x, low, high),
  batchNorm,
  batchNormOfMoments: ([x, scale, bias]) => tf.add(tf.mul(standardized(x, [0, 1, 2], 1e-5), scale), bias),
  layerNorm: ([x, scale, bias]) => tf.add(tf.mul(standardized(x, [-1], 1e-6), scale), bias),
  lstm,
  gru,
  softmaxCrossEntropy: softmaxLosses,
  sigmoidCrossEntropy: ([logits], {targets, weights, scale}) => {
    const [scaled, mask] = [tf.mul(logits, scale), weights ? (tf.tensor(weights) as Any) : undefined];
    return tf.losses.sigmoidCrossEntropy(targets, scaled as Any, mask, 0, tf.Reduction.NONE);
  },
};
