import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupConstant} from '../named/index.js';

/** As version 2 of the entry of AlgoPerf's leaderboard. */
export const scheduleFreeAdamw = namedSubmission({
  summary:
    'AdamW on the way between its own parameters and their average, which is evaluated; linear warm-up, no decay',
  rule: 'y = b1 x + (1 - b1) z, z -= lr sqrt(1 - b2^t) (g(y) / (sqrt(v) + 1e-8) + wd y), x += lr^2 / sum(lr^2) (z - x)',
  paper: 'https://arxiv.org/abs/2405.15682',
  ruleset: 'self',
  optimizer: optimizers.schedule_free_adamw,
  schedule: warmupConstant,
});
