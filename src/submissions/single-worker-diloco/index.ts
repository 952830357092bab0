import {optimizers} from '../../optimizers/index.js';
import {namedSubmission, warmupCosine} from '../named/index.js';

/** As the second entry of AlgoPerf's leaderboard. */
export const singleWorkerDiloco = namedSubmission({
  summary: "AdamW, and every few steps one with Nesterov's momentum over the way it went; linear warm-up, cosine decay",
  rule: 'as adamw; every H steps d = slow - p, t = mu t + d, slow -= outer_lr (d + mu t), p = slow, and slow is evaluated',
  paper: 'https://arxiv.org/abs/2311.08105',
  ruleset: 'self',
  optimizer: optimizers.single_worker_diloco,
  schedule: warmupCosine,
});
