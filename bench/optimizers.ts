import type {OptimizerName} from '../src/optimizers/index.js';

/** Hyperparameters of a config, in camelCase, with the optimizer's name. */
interface Hyperparameters {
  readonly optimizer: OptimizerName;
  readonly [key: string]: string | number | boolean;
}

const ofAdam = {oneMinusBeta1: 0.07, beta2: 0.995, weightDecay: 0.08};

/** The timed optimizers by name; `peer_optimizers.py` has the same ones. */
export const timedOptimizers: {readonly [name: string]: Hyperparameters} = {
  adamw: {optimizer: 'adamw', ...ofAdam},
  nadamw: {optimizer: 'nadamw', ...ofAdam},
  momentum: {optimizer: 'sgd', oneMinusBeta1: 0.07, weightDecay: 0.0005},
  nesterov: {optimizer: 'sgd', oneMinusBeta1: 0.07, weightDecay: 0.0005, nesterov: true},
  lamb: {optimizer: 'lamb', ...ofAdam},
  adafactor: {optimizer: 'adafactor', oneMinusBeta1: 0.07, weightDecay: 0.08},
  lion: {optimizer: 'lion', ...ofAdam},
  ademamix: {optimizer: 'ademamix', ...ofAdam, beta3: 0.9995, alpha: 8},
  cautious_nadamw: {optimizer: 'cautious_nadamw', ...ofAdam},
  schedule_free_adamw: {optimizer: 'schedule_free_adamw', ...ofAdam},
  muon: {optimizer: 'muon', ...ofAdam, muonNesterov: false},
  // The block size and the longest side with a basis are those of the submissions' configs.
  shampoo: {optimizer: 'shampoo', ...ofAdam, blockSize: 128},
  soap: {optimizer: 'soap', ...ofAdam, maxPrecondDim: 256},
  sam: {optimizer: 'sam', ...ofAdam, rho: 0.05},
};
