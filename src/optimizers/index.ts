export {type AdafactorOptions, adafactor, clipByBlockRms, ema} from './adafactor.js';
export {type AdamwOptions, adamw, nadamw} from './adamw.js';
export {type AdemamixOptions, ademamix} from './ademamix.js';
export {cautious, cautiousNadamw} from './cautious.js';
export {applyUpdates, chain} from './chain.js';
export {type DilocoOptions, singleWorkerDiloco} from './diloco.js';
export type {Grafting} from './grafting.js';
export * as hyperparameters from './hyperparameters.js';
export {lamb} from './lamb.js';
export {type LionOptions, lion} from './lion.js';
export {isKernel, isOfType, type Mask, type MaskedParam, masked} from './masked.js';
export {isMuonParam, type MuonOptions, muon} from './muon.js';
export {type NamedOptimizer, namedOptimizer} from './named-optimizer.js';
export * from './registry.js';
export {type SamOptions, sam} from './sam.js';
export {type ScaleByAdamOptions, scaleByAdam} from './scale-by-adam.js';
export {type ScaleByAdemamixOptions, scaleByAdemamix} from './scale-by-ademamix.js';
export {scaleByFactoredRms} from './scale-by-factored-rms.js';
export {type ScaleByLionOptions, scaleByLion} from './scale-by-lion.js';
export {type ScaleByMuonOptions, scaleByMuon} from './scale-by-muon.js';
export {correctRmsBias, type ScaleByRmsOptions, scaleByRms} from './scale-by-rms.js';
export {type ScaleBySoapOptions, scaleBySoap} from './scale-by-soap.js';
export {scaleByTrustRatio} from './scale-by-trust-ratio.js';
export {
  type ScheduleFreeAdamwOptions,
  type ScheduleFreeOptions,
  scheduleFree,
  scheduleFreeAdamw,
} from './schedule-free.js';
export {type SgdOptions, sgd} from './sgd.js';
export {shampoo} from './shampoo.js';
export type {ShampooOptions} from './shampoo-options.js';
export {type SoapOptions, soap} from './soap.js';
export {addDecayedWeights, scale, scaleByLearningRate, subtractDecayedWeights} from './stateless.js';
export {takeStep} from './take-step.js';
export {type TraceOptions, trace} from './trace.js';
export * from './transformation.js';
