import {hasOneThread} from './threads.js';

/** The addon's operations, whose parts are shared out to threads of its own, for those of TensorFlow. */
export const sharedSigmoid = Object.freeze({Sigmoid: 'SharedSigmoid', SigmoidGrad: 'SharedSigmoidGradient'} as const);

export type SigmoidOperation = keyof typeof sharedSigmoid;

/** Numbers below which handing out parts costs more than it brings. */
const LEAST_NUMBERS = 8192;

/**
 * Whether a sigmoid of so many numbers, or its gradient, is left to the addon.
 * @param hasOwn - whether it may be an operation of the addon's
 */
export function isSigmoidShared(numbers: number, hasOwn: boolean): boolean {
  return hasOwn && hasOneThread() && numbers >= LEAST_NUMBERS;
}
