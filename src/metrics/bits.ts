import type {Metric} from '../contract/index.js';
import {type MeanOptions, type MeanState, meanLoss} from './mean.js';

/** The mean of a cross-entropy in nats, in bits: of bytes as tokens, bits per byte. @throws RangeError as `mean` */
export function bitsPerToken(name: string, options: MeanOptions = {}): Metric<MeanState> {
  const loss = meanLoss('bitsPerToken', name, options);
  return {...loss, finish: (state) => loss.finish(state) / Math.LN2};
}
