import {namedAdafactor} from './adafactor.js';
import {namedAdamw, namedNadamw} from './adamw.js';
import {namedAdemamix} from './ademamix.js';
import {namedCautiousNadamw} from './cautious.js';
import {namedLamb} from './lamb.js';
import {namedLion} from './lion.js';
import {namedScheduleFreeAdamw} from './schedule-free.js';
import {namedSgd} from './sgd.js';

/** The optimizers by the names that a config gives them. */
export const optimizers = {
  adamw: namedAdamw,
  nadamw: namedNadamw,
  sgd: namedSgd,
  lamb: namedLamb,
  adafactor: namedAdafactor,
  lion: namedLion,
  ademamix: namedAdemamix,
  cautious_nadamw: namedCautiousNadamw,
  schedule_free_adamw: namedScheduleFreeAdamw,
};

/** A name of a config's for an optimizer. */
export type OptimizerName = keyof typeof optimizers;
