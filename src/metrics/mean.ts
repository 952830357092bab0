import {z} from 'zod';
import type {HostBatch, HostOutputs, Metric} from '../contract/index.js';
import {metricOptions} from './options.js';
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

const meanOptions = z.strictObject({of: z.string().optional(), per: z.string().optional()});

/**
 * The sum over a split, divided by the number of examples, tokens or whatever the batch's weights are of.
 * @throws RangeError if the name is no text, or naming every option that is wrong or unknown
 */
export function mean(name: string, options: MeanOptions = {}): Metric<MeanState> {
  const {of = name, per} = metricOptions('mean', meanOptions, name, options);
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

/**
 * `exp` of the mean of a cross-entropy in nats: how many tokens the model is as good as guessing among.
 * @throws RangeError as {@link mean}
 */
export function perplexity(name = 'perplexity', options: MeanOptions = {}): Metric<MeanState> {
  const loss = meanLoss('perplexity', name, options);
  return {...loss, finish: (state) => Math.exp(loss.finish(state))};
}

/**
 * The mean of the output `loss`, unless the options name another one.
 * @param maker - what is called with them, for messages
 */
export function meanLoss(maker: string, name: string, options: MeanOptions): Metric<MeanState> {
  const {of = 'loss', per} = metricOptions(maker, meanOptions, name, options);
  return mean(name, {of, ...(per !== undefined && {per})});
}

function countOf(outputs: HostOutputs, batch: HostBatch, {name, per}: {name: string; per: string | undefined}): number {
  return per === undefined ? totalWeight(batch) : scalarOf(outputs, per, name);
}
