import type * as TF from '@tensorflow/tfjs-core';
import {replaceCumulative} from './cumulative.js';
import {wrapKernel} from './kernel-registry.js';
import {replaceMaxPool3d} from './max-pool-3d.js';
import {replaceNumericPadding} from './padding.js';
import {tf} from './tf.js';
import {cutVolumesToWindows} from './volumes.js';
import {refuseWideWindows} from './windows.js';

let replaced = false;

/** Replaces wrong kernels of tfjs-backend-cpu 4.22. */
export function replaceCpuKernels(): void {
  if (replaced) return;
  replaced = true;
  wrapKernel('BatchMatMul', 'cpu', (shipped) => (call) => productOfRepeated(shipped, call));
  for (const name of ['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul'])
    wrapKernel(name, 'cpu', (shipped) => (call) => shipped({...call, attrs: withSlope(call.attrs)}));
  replaceMaxPool3d('cpu');
  cutVolumesToWindows('cpu');
  replaceCumulative('cpu');
  replaceNumericPadding('cpu');
  refuseWideWindows('cpu');
}

type Call = Parameters<TF.KernelFunc>[0];

/** Without a slope the kernels multiply by `undefined`. */
function withSlope(attrs: TF.NamedAttrMap | undefined): TF.NamedAttrMap {
  return {...attrs, leakyreluAlpha: attrs?.leakyreluAlpha ?? 0.2};
}

/**
 * The kernel's is wrong where both factors are repeated, or one along a part of its batch dimensions, as [2, 1, m, k] by [2, 3, k, n].
 * Here they are repeated before the product.
 */
function productOfRepeated(multiply: TF.KernelFunc, call: Call): TF.TensorInfo | TF.TensorInfo[] {
  const {a, b} = call.inputs as {a: TF.Tensor; b: TF.Tensor};
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (`${batchA}` === `${batchB}`) return multiply(call);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const repeated = [a, b].map((factor) => tf.broadcastTo(factor, [...batch, ...factor.shape.slice(-2)]));
  const product = multiply({...call, inputs: {a: repeated[0]!, b: repeated[1]!}});
  tf.dispose(repeated);
  return product;
}
