import {optimizers} from '../../optimizers/index.js';
import {namedSubmission} from '../named/index.js';
import {cyclesOfCosine} from './schedule.js';

/** The entry of the name on AlgoPerf's board of version 0.5, by Ajroldi, Orvieto and Geiping. */
export const cyclicLr = namedSubmission({
  summary: 'NAdamW under equal cycles of the learning rate, each a linear warm-up and half a cosine; nothing is reset',
  rule: 'as nadamw; lr falls from its peak to 1e-10 and is warmed up again in each cycle',
  paper: 'https://github.com/mlcommons/submissions_algorithms',
  ruleset: 'external',
  optimizer: optimizers.nadamw,
  schedule: cyclesOfCosine,
});
