import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const adamw = namedSubmission({
  summary: 'Adam with decoupled weight decay; linear warm-up, cosine decay',
  rule: 'p -= lr (m^ / (sqrt(v^) + 1e-8) + wd p), m and v moving averages of g and g^2, ^ corrected for their start at 0',
  paper: 'https://arxiv.org/abs/1711.05101',
  ruleset: 'external',
  optimizer: optimizers.adamw,
  schedule: warmupCosine,
});
