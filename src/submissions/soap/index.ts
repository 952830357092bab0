import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** Its search space is adamw's: AlgoPerf has published none. */
export const soap = namedSubmission({
  summary: "Adam in the eigenbases of Shampoo's covariances; linear warm-up, cosine decay",
  rule: 'as adamw, with g and m turned into the eigenbases, and the step out of them',
  paper: 'https://arxiv.org/abs/2409.11321',
  ruleset: 'external',
  optimizer: optimizers.soap,
  schedule: warmupCosine,
});
