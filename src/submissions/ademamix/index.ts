import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** As the entry of AlgoPerf's leaderboard. */
export const ademamix = namedSubmission({
  summary: 'AdamW with a second, slow first moment; linear warm-up, cosine decay',
  rule: 'as adamw, with m^ + alpha(t) m2 instead of m^, m2 = b3(t) m2 + (1 - b3(t)) g',
  paper: 'https://arxiv.org/abs/2409.03137',
  ruleset: 'self',
  optimizer: optimizers.ademamix,
  schedule: warmupCosine,
});
