import {adamw, nadamw} from './adam.js';

/** The optimizers by the names that a config gives them. */
export const optimizers = {adamw, nadamw};

export type OptimizerName = keyof typeof optimizers;
