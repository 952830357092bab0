import {z} from 'zod';
import {hyperparameters, namedOptimizer, sgd} from '../../optimizers/index.js';
import {namedSubmission, warmupLinear} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const nesterov = namedSubmission({
  summary: "SGD with Nesterov's momentum and an L2 penalty; linear warm-up, linear decay",
  rule: 'm = b1 m + g + wd p, p -= lr (g + wd p + b1 m)',
  paper: 'https://proceedings.mlr.press/v28/sutskever13.html',
  ruleset: 'external',
  optimizer: namedOptimizer({
    hyperparameters: z.object({
      one_minus_beta1: hyperparameters.oneMinusBeta1,
      weight_decay: hyperparameters.weightDecay,
    }),
    make: ({oneMinusBeta1, weightDecay}) => sgd({momentum: 1 - oneMinusBeta1, nesterov: true, weightDecay}),
    problems: ({oneMinusBeta1}) =>
      oneMinusBeta1 === 1
        ? [{key: 'one_minus_beta1', message: 'must be below 1: without momentum there is no step ahead'}]
        : [],
  }),
  schedule: warmupLinear,
});
