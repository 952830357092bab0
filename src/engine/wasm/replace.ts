import {replaceCumulative} from '../cumulative.js';
import {replaceNumericPadding} from '../padding.js';
import {refuseWideWindows} from '../windows.js';
import {replaceClipped} from './clipped.js';
import {replaceConv2dGradients} from './conv2d.js';
import {addDepthwiseGradients} from './depthwise.js';
import {replaceKernelsByDtype} from './dtypes.js';
import {replaceKernelsOfNothing} from './empty.js';
import {replaceExtremes} from './extremes.js';
import {replaceFused} from './fused.js';
import {addLayerNorm} from './layer-norm.js';
import {replaceMatMul} from './matmul.js';
import {replaceMaxPoolGradient} from './max-pool.js';
import {refuseWrongKernels} from './refused.js';
import {addSegmentSum} from './segment-sum.js';
import {replaceSum} from './sum.js';

let replaced = false;

/** Replaces slow, missing and wrong kernels. Once a process: some call the one that was there. */
export function replaceKernels(): void {
  if (replaced) return;
  replaced = true;
  replaceMatMul();
  replaceConv2dGradients();
  addDepthwiseGradients();
  replaceMaxPoolGradient();
  addLayerNorm();
  replaceClipped();
  replaceExtremes();
  addSegmentSum();
  replaceSum();
  replaceKernelsOfNothing();
  replaceFused();
  replaceKernelsByDtype();
  refuseWrongKernels();
  replaceCumulative('wasm');
  replaceNumericPadding('wasm');
  refuseWideWindows('wasm');
}
