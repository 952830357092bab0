import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const lamb = namedSubmission({
  summary: "AdamW whose update of each parameter has the parameter's size; linear warm-up, cosine decay",
  rule: "u as adamw's with wd p in it, p -= lr u |p| / |u|, by parameter",
  paper: 'https://arxiv.org/abs/1904.00962',
  ruleset: 'external',
  optimizer: optimizers.lamb,
  schedule: warmupCosine,
});
