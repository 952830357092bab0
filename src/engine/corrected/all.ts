import {replaceActivationGradients} from './activations.js';
import {correctBroadcastGradients} from './broadcast.js';
import {addComparisonGradients} from './comparisons.js';
import {correctCumsumGradient} from './cumsum.js';
import {correctExtremeGradients} from './extremes.js';
import {correctLinearGradients} from './linear.js';
import {correctMeanPoolGradient} from './mean-pool.js';
import {refuseWrongGradients} from './refused.js';

/**
 * Puts our gradients in the place of those that are missing or wrong, for all backends at once. To be called whenever a
 * backend was loaded: tfjs-node's registers tfjs's own again. Calling it again changes nothing else.
 */
export function correctGradients(): void {
  addComparisonGradients();
  correctBroadcastGradients();
  correctCumsumGradient();
  correctExtremeGradients();
  correctLinearGradients();
  correctMeanPoolGradient();
  replaceActivationGradients();
  refuseWrongGradients();
}
