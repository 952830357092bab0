import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** As the entry of AlgoPerf's leaderboard. */
export const lion = namedSubmission({
  summary: "steps of one size in the direction of a momentum's sign; linear warm-up, cosine decay",
  rule: 'p -= lr (sign(b1 m + (1 - b1) g) + wd p), then m = b2 m + (1 - b2) g',
  paper: 'https://arxiv.org/abs/2302.06675',
  ruleset: 'self',
  optimizer: optimizers.lion,
  schedule: warmupCosine,
});
