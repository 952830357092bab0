import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** As the entry of AlgoPerf's leaderboard. */
export const cautiousNadamw = namedSubmission({
  summary: "nadamw that takes no step against the gradient's sign; linear warm-up, cosine decay",
  rule: 'as nadamw, with u mask / max(mean(mask), 1e-3) instead of its u, mask = u g > 0, by parameter',
  paper: 'https://arxiv.org/abs/2411.16085',
  ruleset: 'self',
  optimizer: optimizers.cautious_nadamw,
  schedule: warmupCosine,
});
