import {z} from 'zod';
import {hyperparameters, namedOptimizer, sgd} from '../../optimizers/index.js';
import {namedSubmission, warmupLinear} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const momentum = namedSubmission({
  summary: 'SGD with heavy-ball momentum and an L2 penalty; linear warm-up, linear decay',
  rule: 'm = b1 m + g + wd p, p -= lr m',
  paper: 'https://doi.org/10.1016/0041-5553(64)90137-5',
  ruleset: 'external',
  optimizer: namedOptimizer({
    hyperparameters: z.object({
      one_minus_beta1: hyperparameters.oneMinusBeta1,
      weight_decay: hyperparameters.weightDecay,
    }),
    make: ({oneMinusBeta1, weightDecay}) => sgd({momentum: 1 - oneMinusBeta1, weightDecay}),
  }),
  schedule: warmupLinear,
});
