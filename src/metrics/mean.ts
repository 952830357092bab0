import type {HostBatch, HostOutputs, Metric} from '../contract/index.js';
import {scalarOf, totalWeight} from './outputs.js';

/** What a mean is made of. */
export interface MeanOptions {
  /** The output that holds the batch's sum, a scalar; default: the metric's name. */
  readonly of?: string;
  /** The output, a scalar, that says how much the sum is of, such as `tokens`; default: the total of the batch's `weights`. */
  readonly per?: string;
}

/** Sums so far, in double precision. */
export interface MeanState {
  readonly [name: string]: number;
  readonly sum: number;
  readonly count: number;
}

/** The sum over a split, divided by the number of examples, tokens or whatever the batch's weights are of. */
export function mean(name: string, {of = name, per}: MeanOptions = {}): Metric<MeanState> {
  return {
    name,
    start: () => ({sum: 0, count: 0}),
    add: ({sum, count}, outputs, batch) => ({
      sum: sum + scalarOf(outputs, of, name),
      count: count + countOf(outputs, batch, {name, per}),
    }),
    finish: ({sum, count}) => sum / count,
  };
}

/** `exp` of the mean of a cross-entropy in nats: how many tokens the model is as good as guessing among. */
export function perplexity(name = 'perplexity', {of = 'loss', per}: MeanOptions = {}): Metric<MeanState> {
  const loss = mean(name, {of, ...(per !== undefined && {per})});
  return {...loss, finish: (state) => Math.exp(loss.finish(state))};
}

function countOf(outputs: HostOutputs, batch: HostBatch, {name, per}: {name: string; per: string | undefined}): number {
  return per === undefined ? totalWeight(batch) : scalarOf(outputs, per, name);
}
