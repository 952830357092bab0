import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, innerOptimizer, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, masked, maskOption} from './masked.js';
import {given, namedOptimizer} from './named-optimizer.js';
import {type ScaleByAdamOptions, scaleByAdam, scaleByAdamOptions} from './scale-by-adam.js';
import {type ScaleByMuonOptions, scaleByMuon, scaleByMuonOptions} from './scale-by-muon.js';
import {addDecayedWeights, scale, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `muon`. */
export interface MuonOptions extends ScaleByMuonOptions {
  /** Decoupled weight decay of what Muon trains, at least 0; default 0. */
  readonly weightDecay?: number;
  /** What the learning rate is multiplied by for what Muon trains, above 0; default 1. */
  readonly learningRateFactor?: number;
  /** The constants of Adam, which trains the rest, with the weight decay there. */
  readonly adam: ScaleByAdamOptions & {readonly weightDecay: number};
  /** The parameters that Muon trains, of rank 2 or more; default {@link isMuonParam}. */
  readonly mask?: Mask;
}

/** Parameters of rank 2 and above that are not an embedding: an embedding's rows are looked up, not multiplied with. */
export const isMuonParam: Mask = ({shape, type}) => shape.length > 1 && type !== 'embedding';

const muonOptions = scaleByMuonOptions.extend({
  weightDecay: checks.weightDecay.default(0),
  learningRateFactor: checks.positive.default(1),
  adam: scaleByAdamOptions.extend({weightDecay: checks.weightDecay}),
  mask: maskOption.optional(),
});

/**
 * Muon for matrices, Adam with decoupled weight decay for the rest:
 *     p -= learningRate * learningRateFactor * (scaleByMuon(g) + weightDecay * p),
 *     p -= learningRate * (scaleByAdam(g) + adam.weightDecay * p)
 * @throws RangeError naming the option and the value it got
 * @see {@link https://kellerjordan.github.io/posts/muon/ | Jordan 2024}; same values as `optax.contrib.muon`
 */
export function muon(given: MuonOptions): GradientTransformation {
  const checked = checkedOptions('muon', muonOptions, given);
  const {weightDecay, learningRateFactor, adam, mask = isMuonParam, ...options} = checked;
  const {weightDecay: adamWeightDecay, ...adamOptions} = adam;
  const ofMatrices = chain(scaleByMuon(options), addDecayedWeights(weightDecay), scale(learningRateFactor));
  const ofOthers = chain(scaleByAdam(adamOptions), addDecayedWeights(adamWeightDecay));
  return chain(
    masked(ofMatrices, mask),
    masked(ofOthers, (param) => !mask(param)),
    scaleByLearningRate(),
  );
}

/** `muon` as a config names it. */
export const namedMuon = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    weight_decay: weightDecay,
    inner_optimizer: innerOptimizer,
    muon_beta: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('For muon: decay of the momentum of matrices; 0.95 if it is left out'),
    muon_nesterov: z
      .boolean()
      .optional()
      .describe("For muon: Nesterov's momentum for matrices; true if it is left out"),
    muon_weight_decay: z.number().min(0).optional().describe('For muon: weight decay of matrices; 0 if it is left out'),
    muon_learning_rate_factor: z
      .number()
      .gt(0)
      .optional()
      .describe('For muon: what the learning rate is multiplied by for matrices; 1 if it is left out'),
  }),
  make: ({oneMinusBeta1, beta2, weightDecay, innerOptimizer, muonBeta, muonNesterov, ...others}) =>
    muon({
      ...given({beta: muonBeta, nesterov: muonNesterov, weightDecay: others.muonWeightDecay}),
      ...given({learningRateFactor: others.muonLearningRateFactor}),
      adam: {b1: 1 - oneMinusBeta1, b2: beta2, nesterov: innerOptimizer === 'nadamw', weightDecay},
    }),
});
