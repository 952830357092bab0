import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** AlgoPerf's baseline of the name: the reference algorithm of its external ruleset. */
export const nadamw = namedSubmission({
  summary: "AdamW with Nesterov's momentum; linear warm-up, cosine decay",
  rule: 'as adamw, with b1 m + (1 - b1) g instead of m',
  paper: 'https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ',
  ruleset: 'external',
  optimizer: optimizers.nadamw,
  schedule: warmupCosine,
});
