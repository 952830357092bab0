import {z} from 'zod';
import type {Metric, NdArray} from '../contract/index.js';
import type {MeanState} from './mean.js';
import {metricOptions} from './options.js';
import {arrayOf} from './outputs.js';

/** Where the classes are found. */
export interface AccuracyOptions {
  /** The output with the predicted class numbers; default `predictions`. */
  readonly of?: string;
}

const accuracyOptions = z.strictObject({of: z.string().default('predictions')});

/**
 * The share of predictions that equal the batch's `targets`, each counted by its weight: of examples [batch], tokens
 * [batch, length] or whatever else has a target.
 * @throws RangeError if the name is no text, or naming every option that is wrong or unknown
 */
export function accuracy(name = 'accuracy', options: AccuracyOptions = {}): Metric<MeanState> {
  const {of} = metricOptions('accuracy', accuracyOptions, name, options);
  return {
    name,
    start: () => ({sum: 0, count: 0}),
    add(state, outputs, {targets, weights}) {
      let {sum, count} = state;
      const predictions = arrayOf(outputs, of, name);
      requireSameLength(name, predictions, targets!, weights!);
      for (let i = 0; i < predictions.data.length; i++) {
        if (predictions.data[i] === targets!.data[i]) sum += weights!.data[i]!;
        count += weights!.data[i]!;
      }
      return {sum, count};
    },
    finish: ({sum, count}) => sum / count,
  };
}

function requireSameLength(name: string, predictions: NdArray, targets: NdArray, weights: NdArray): void {
  const lengths = [predictions, targets, weights].map(({data}) => data.length);
  if (new Set(lengths).size === 1) return;
  throw new RangeError(
    `metric '${name}' needs a target and a weight for each prediction, got ${lengths[0]} predictions, ${lengths[1]} targets, ${lengths[2]} weights`,
  );
}
