import {replaceCumulative} from '../cumulative.js';
import {replaceMaxPool3d} from '../max-pool-3d.js';
import {replaceNumericPadding} from '../padding.js';
import {cutVolumesToWindows} from '../volumes.js';
import {refuseWideWindows} from '../windows.js';
import {requireBounds} from './bounds.js';
import {replaceClipped} from './clipped.js';
import {replaceConv2dGradients} from './conv2d.js';
import {addDepthwiseGradients} from './depthwise.js';
import {replaceKernelsByDtype} from './dtypes.js';
import {replaceKernelsOfNothing} from './empty.js';
import {replaceExtremes} from './extremes.js';
import {replaceFused} from './fused.js';
import {replaceGather} from './gather.js';
import {addLayerNorm} from './layer-norm.js';
import {replaceMatMul} from './matmul.js';
import {replaceMaxPoolGradient} from './max-pool.js';
import {replacePadding} from './padding.js';
import {refuseWrongKernels} from './refused.js';
import {replaceSamePadding} from './same-padding.js';
import {addSegmentSum} from './segment-sum.js';
import {replaceSum} from './sum.js';

let replaced = false;

/** Replaces slow, missing and wrong kernels. Once a process: some call the one that was there. */
export function replaceKernels(): void {
  if (replaced) return;
  replaced = true;
  replaceMatMul();
  replaceSamePadding();
  replaceConv2dGradients();
  addDepthwiseGradients();
  replaceMaxPoolGradient();
  replaceMaxPool3d('wasm');
  addLayerNorm();
  replaceClipped();
  replaceExtremes();
  addSegmentSum();
  replaceSum();
  replaceKernelsOfNothing();
  replaceFused();
  replaceKernelsByDtype();
  refuseWrongKernels();
  cutVolumesToWindows('wasm');
  replaceGather();
  requireBounds();
  replacePadding();
  replaceCumulative('wasm');
  replaceNumericPadding('wasm');
  refuseWideWindows('wasm');
}
