import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall, KernelFunc} from './types.js';

/**
 * The fused kernels of tfjs-backend-wasm 4.22 have faults that are corrected in the plain ones: their relu makes 0 of NaN, and their
 * products of nothing are memory as it lies. Here they are made of the plain ones.
 */
export function replaceFused(): void {
  replaceKernel('_FusedMatMul', () =>
    fused(({inputs: {a, b}, attrs}) => tf.matMul(a, b, attrs.transposeA, attrs.transposeB)),
  );
  replaceKernel('FusedConv2D', () => fused(convolution(tf.conv2d)));
  replaceKernel('FusedDepthwiseConv2D', () => fused(convolution(tf.depthwiseConv2d)));
}

/** A kernel that adds a bias, where there is one, to a product, and applies an activation. */
function fused(product: (call: KernelCall) => TF.Tensor): KernelFunc {
  return (call) =>
    tf.tidy(() => {
      const {bias, preluActivationWeights} = call.inputs;
      const {activation, leakyreluAlpha} = call.attrs;
      const sum = bias ? tf.add(product(call), bias) : product(call);
      return tf.backend_util.applyActivation(sum, activation, preluActivationWeights, leakyreluAlpha);
    });
}

function convolution(convolve: typeof tf.conv2d | typeof tf.depthwiseConv2d) {
  return ({inputs: {x, filter}, attrs}: KernelCall): TF.Tensor => {
    const {strides, pad, dataFormat, dilations, dimRoundingMode} = attrs;
    return convolve(x as TF.Tensor4D, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
  };
}
