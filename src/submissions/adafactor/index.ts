import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name. */
export const adafactor = namedSubmission({
  summary: 'second moments of kernels by rows and columns, updates clipped; linear warm-up, cosine decay',
  rule: 'u = g / sqrt(v), m = b1 m + (1 - b1) lr u / max(1, rms(u)), p -= m + lr wd p, v of kernels by rows and columns',
  paper: 'https://arxiv.org/abs/1804.04235',
  ruleset: 'external',
  optimizer: optimizers.adafactor,
  schedule: warmupCosine,
});
