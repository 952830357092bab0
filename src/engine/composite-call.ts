import type {Tensor} from '../contract/index.js';

/** Tensors by name; lists hold one for each parameter. */
export type NamedTensors = {readonly [name: string]: Tensor | readonly Tensor[] | undefined};

/** Groups of operations that an engine may fuse, with their inputs and outputs. */
export interface CompositeCall {
  readonly name: string;
  readonly inputs: NamedTensors;
  readonly attributes: {readonly [name: string]: number | boolean};
}

/**
 * AdamW's step of all parameters. Inputs `params`, `mu`, `nu`, `gradients` (lists), `count` (the number of the step, from 1) and
 * `learningRate`; attributes `b1`, `b2`, `eps`, `weightDecay`, `nesterov`; outputs `params`, `mu`, `nu`.
 */
export const ADAMW = 'AdamW';

/**
 * The same of one parameter. Inputs `param`, `mu`, `nu`, `gradient`, the scalars `scale` and `eps` with the corrections of the
 * moments' bias in them, and `decayFactor`, which the parameter is multiplied by, where it decays; attributes `b1`, `b2`,
 * `nesterov`; outputs `param`, `mu`, `nu`.
 */
export const ADAMW_OF_PARAMETER = 'AdamWOfParameter';
