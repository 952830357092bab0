import {z} from 'zod';
import type {Metric} from '../contract/index.js';
import {metricOptions} from './options.js';
import {arrayOf} from './outputs.js';

/** What is kept of a split: for each task its scores and answers so far, in the order of the examples. */
export interface AveragePrecisionState {
  readonly [name: string]: readonly number[][] | boolean[];
  readonly scores: number[][];
  /** 0 or 1. */
  readonly answers: number[][];
  /** Whether an example's answer is 0 or unknown. */
  readonly hasOthers: boolean[];
}

/** Where the scores are found. */
export interface MeanAveragePrecisionOptions {
  /** The output with the scores [batch, tasks]; default `scores`. */
  readonly of?: string;
}

const meanAveragePrecisionOptions = z.strictObject({of: z.string().default('scores')});

/**
 * The mean over tasks of {@link averagePrecision}. `targets` [batch, tasks] are 0 or 1; where `weights` [batch, tasks] are 0 the
 * answer is unknown. As in AlgoPerf a task counts if it has an answer 1, and one that is 0 or unknown; NaN if no task does.
 * @throws RangeError if the name is no text, or naming every option that is wrong or unknown
 */
export function meanAveragePrecision(
  name = 'mean_average_precision',
  options: MeanAveragePrecisionOptions = {},
): Metric<AveragePrecisionState> {
  const {of} = metricOptions('meanAveragePrecision', meanAveragePrecisionOptions, name, options);
  return {
    name,
    start: () => ({scores: [], answers: [], hasOthers: []}),
    add(state, outputs, {targets, weights}) {
      const {shape, data} = arrayOf(outputs, of, name);
      const tasks = shape.at(-1)!;
      while (state.scores.length < tasks) {
        state.scores.push([]);
        state.answers.push([]);
        state.hasOthers.push(false);
      }
      for (let i = 0; i < data.length; i++) {
        const [task, answer, isKnown] = [i % tasks, targets!.data[i]!, weights!.data[i]! > 0];
        if (!isKnown || answer === 0) state.hasOthers[task] = true;
        if (!isKnown) continue;
        state.scores[task]!.push(data[i]!);
        state.answers[task]!.push(answer);
      }
      return state;
    },
    finish({scores, answers, hasOthers}) {
      const counted = [...scores.keys()].filter((task) => hasOthers[task] && answers[task]!.includes(1));
      const sum = counted.reduce((total, task) => total + averagePrecision(scores[task]!, answers[task]!), 0);
      return sum / counted.length;
    },
  };
}

/**
 * The precision at each score that some example has, averaged with the share of answers 1 that it adds: the area under the curve of
 * precision over recall. Examples of the same score are found together. Same value as scikit-learn's `average_precision_score`.
 * @param scores - what examples are ordered by, the largest first
 * @param answers - 0 or 1 for each score
 * @returns in [0, 1]; NaN if a score is NaN, or no answer is 1
 */
export function averagePrecision(scores: readonly number[], answers: readonly number[]): number {
  if (scores.some(Number.isNaN)) return Number.NaN;
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  let [seen, found, sum] = [0, 0, 0];
  while (seen < order.length) {
    const score = scores[order[seen]!]!;
    const before = found;
    for (; seen < order.length && scores[order[seen]!]! === score; seen++) found += answers[order[seen]!]!;
    sum += (found - before) * (found / seen);
  }
  return sum / found;
}
