import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const shampoo = namedSubmission({
  summary: 'gradients times inverse roots of their covariances, axis by axis, in blocks; linear warm-up, cosine decay',
  rule: "u = L^(-1/4) g R^(-1/4) at the length of RMSProp's step, m = b1 m + (1 - b1) (u + wd p), p -= lr ((1 - b1) (u + wd p) + b1 m)",
  paper: 'https://arxiv.org/abs/2002.09018',
  ruleset: 'external',
  optimizer: optimizers.shampoo,
  schedule: warmupCosine,
});
