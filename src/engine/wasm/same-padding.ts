import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall} from './types.js';

/**
 * Where windows with padding `same` don't reach the input's end, XNNPACK takes the distance for a padding of four billion pixels, and the
 * convolution of tfjs-backend-wasm 4.22 is 0. Here the padding is named for each side.
 */
export function replaceSamePadding(): void {
  for (const name of ['Conv2D', 'DepthwiseConv2dNative'])
    replaceKernel(name, (shipped) => (call) => {
      const isDepthwise = name !== 'Conv2D';
      return shipped!(
        call.attrs.pad === 'same' ? {...call, attrs: {...call.attrs, pad: sidesOf(call, isDepthwise)}} : call,
      );
    });
}

function sidesOf({inputs, attrs}: KernelCall, isDepthwise: boolean): number[][] {
  const {x, filter} = inputs;
  const {strides, dilations} = attrs;
  const {padInfo} = tf.backend_util.computeConv2DInfo(
    x.shape,
    filter.shape,
    strides,
    dilations,
    'same',
    undefined,
    isDepthwise,
  );
  const {top, bottom, left, right} = padInfo;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
