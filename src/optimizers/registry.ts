import {frozen} from '../support/index.js';
import {namedAdafactor} from './adafactor.js';
import {namedAdamw, namedNadamw} from './adamw.js';
import {namedAdemamix} from './ademamix.js';
import {namedCautiousNadamw} from './cautious.js';
import {namedSingleWorkerDiloco} from './diloco.js';
import {namedLamb} from './lamb.js';
import {namedLion} from './lion.js';
import {namedMuon} from './muon.js';
import {namedSam} from './sam.js';
import {namedScheduleFreeAdamw} from './schedule-free.js';
import {namedSgd} from './sgd.js';
import {namedShampoo} from './shampoo.js';
import {namedSoap} from './soap.js';

/** The optimizers by the names that a config gives them. */
export const optimizers = frozen({
  adamw: namedAdamw,
  nadamw: namedNadamw,
  sgd: namedSgd,
  lamb: namedLamb,
  adafactor: namedAdafactor,
  lion: namedLion,
  ademamix: namedAdemamix,
  cautious_nadamw: namedCautiousNadamw,
  schedule_free_adamw: namedScheduleFreeAdamw,
  muon: namedMuon,
  sam: namedSam,
  shampoo: namedShampoo,
  soap: namedSoap,
  single_worker_diloco: namedSingleWorkerDiloco,
});

/** A name of a config's for an optimizer. */
export type OptimizerName = keyof typeof optimizers;
