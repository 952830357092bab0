import type {Metric} from '../contract/index.js';
import {type MeanOptions, type MeanState, mean} from './mean.js';

/** The mean of a cross-entropy in nats, in bits: of bytes as tokens, bits per byte. */
export function bitsPerToken(name: string, {of = 'loss', per}: MeanOptions = {}): Metric<MeanState> {
  const loss = mean(name, {of, ...(per !== undefined && {per})});
  return {...loss, finish: (state) => loss.finish(state) / Math.LN2};
}
