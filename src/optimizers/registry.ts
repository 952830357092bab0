import {namedAdamw, namedNadamw} from './adamw.js';
import {namedSgd} from './sgd.js';

/** The optimizers by the names that a config gives them. */
export const optimizers = {adamw: namedAdamw, nadamw: namedNadamw, sgd: namedSgd};

/** A name of a config's for an optimizer. */
export type OptimizerName = keyof typeof optimizers;
