import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** As the entry of AlgoPerf's leaderboard. */
export const muon = namedSubmission({
  summary: 'orthogonalised momentum for matrices, NAdamW for the rest; linear warm-up, cosine decay',
  rule: 'm = b m + (1 - b) g, p -= lr f (orthogonal(m) sqrt(max(1, out / in)) + wd p) for matrices; the rest as nadamw',
  paper: 'https://kellerjordan.github.io/posts/muon/',
  ruleset: 'self',
  optimizer: optimizers.muon,
  schedule: warmupCosine,
});
