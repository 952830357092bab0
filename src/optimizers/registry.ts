import {adamw, nadamw} from './adamw.js';
import {sgd} from './sgd.js';

/** The optimizers by the names that a config gives them. */
export const optimizers = {adamw, nadamw, sgd};
