import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const sam = namedSubmission({
  summary: 'AdamW on the gradient that is taken a little uphill; linear warm-up, cosine decay',
  rule: 'as adamw, with the gradient at p + rho g / |g| instead of g',
  paper: 'https://arxiv.org/abs/2010.01412',
  ruleset: 'external',
  optimizer: optimizers.sam,
  schedule: warmupCosine,
});
