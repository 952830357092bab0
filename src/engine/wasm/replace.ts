import {refuseWideWindows} from '../windows.js';
import {replaceConv2dGradients} from './conv2d.js';
import {addDepthwiseGradients} from './depthwise.js';
import {replaceKernelsOfNothing} from './empty.js';
import {addLayerNorm} from './layer-norm.js';
import {replaceMatMul} from './matmul.js';
import {replaceMaxPoolGradient} from './max-pool.js';
import {refuseWrongKernels} from './refused.js';
import {replaceRelu6} from './relu6.js';
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
  replaceRelu6();
  addSegmentSum();
  replaceSum();
  replaceKernelsOfNothing();
  refuseWrongKernels();
  refuseWideWindows('wasm');
}
