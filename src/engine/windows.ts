import type * as TF from '@tensorflow/tfjs-core';
import {wrapKernel} from './kernel-registry.js';

/** The operations that slide a window over one to three dimensions, by their kernels. */
const OPERATIONS: {readonly [kernel: string]: string} = {
  Conv2D: 'conv2d',
  FusedConv2D: 'conv2d',
  DepthwiseConv2dNative: 'depthwiseConv2d',
  FusedDepthwiseConv2D: 'depthwiseConv2d',
  Conv2DBackpropInput: 'conv2dTranspose',
  Conv3D: 'conv3d',
  Dilation2D: 'dilation2d',
  AvgPool: 'avgPool',
  AvgPool3D: 'avgPool3d',
  MaxPool: 'maxPool',
  MaxPool3D: 'maxPool3d',
  MaxPoolWithArgmax: 'maxPoolWithArgmax',
};

/**
 * The kernels of these operations refuse a window that is larger than what it slides over. Those of the wasm and cpu engines give a
 * result of no meaning, or one without values. To be called once a backend.
 */
export function refuseWideWindows(backendName: string): void {
  for (const [kernelName, operation] of Object.entries(OPERATIONS))
    wrapKernel(kernelName, backendName, (shipped) => (call) => {
      requireWindowFits(operation, call);
      return shipped(call);
    });
}

interface WindowAttributes {
  /** Of what slides over its result. */
  readonly inputShape?: readonly number[];
  /** Of pools. */
  readonly filterSize?: number | readonly number[];
  readonly strides: number | readonly number[];
  readonly dilations?: number | readonly number[] | null;
  /** By hand: before and after, for each dimension of the input. */
  readonly pad: 'same' | 'valid' | number | readonly (readonly number[])[];
  readonly dataFormat?: string;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
}

/** @throws Error with the sizes, if there is no place for the window */
function requireWindowFits(operation: string, {inputs, attrs}: Parameters<TF.KernelFunc>[0]): void {
  const attributes = attrs as unknown as WindowAttributes;
  const {pad, dataFormat, inputShape} = attributes;
  if (pad === 'same') return;
  const shape = inputs.x?.shape ?? inputShape!;
  const first = dataFormat?.startsWith('NC') ? 2 : 1;
  const input = shape.slice(first, first + (shape.length === 5 ? 3 : 2));
  const filter = along(attributes.filterSize ?? inputs.filter!.shape, input);
  const windows = filter.map((size, i) => (size - 1) * (along(attributes.dilations ?? 1, input)[i] ?? 1) + 1);
  const padded = input.map((size, i) => size + paddingOf(pad, first + i));
  const strides = along(attributes.strides, input);
  const isFitting = padded.every(
    (size, i) => placesFor(size - windows[i]!, strides[i]!, attributes.dimRoundingMode) >= 1,
  );
  if (isFitting) return;
  const space = inputs.x ? 'input' : 'output';
  throw new Error(
    `${operation}: a window of ${sizes(filter, windows, 'with its dilation')} does not fit into an ${space} of ${sizes(input, padded, 'with its padding')}; take a smaller window, a larger ${space}, or pad 'same'`,
  );
}

/** What is said of each dimension that the window slides along: a number holds for all. */
function along(value: number | readonly number[], input: readonly number[]): number[] {
  return input.map((_, i) => (typeof value === 'number' ? value : value[i]!));
}

function paddingOf(pad: Exclude<WindowAttributes['pad'], 'same'>, dimension: number): number {
  if (pad === 'valid') return 0;
  if (typeof pad === 'number') return 2 * pad;
  const [before, after] = pad[dimension]!;
  return before! + after!;
}

/** The places that a window has which leaves so much room. */
function placesFor(room: number, stride: number, rounding: WindowAttributes['dimRoundingMode']): number {
  return Math[rounding ?? 'floor'](room / stride + 1);
}

/** `3 x 3`, or `3 x 3 (5 x 5 with its dilation)` */
function sizes(own: readonly number[], whole: readonly number[], why: string): string {
  const text = own.join(' x ');
  return `${whole}` === `${own}` ? text : `${text} (${whole.join(' x ')} ${why})`;
}
