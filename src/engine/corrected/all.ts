import {replaceActivationGradients} from './activations.js';
import {correctBroadcastGradients} from './broadcast.js';
import {addComparisonGradients} from './comparisons.js';
import {correctCumsumGradient} from './cumsum.js';
import {correctExtremeGradients} from './extremes.js';
import {correctGatherGradient} from './gather.js';
import {correctLinearGradients} from './linear.js';
import './batch-norm.js';
import './losses.js';
import './saved-outputs.js';
import {correctMeanPoolGradients} from './mean-pool.js';
import {correctProductGradient} from './product.js';
import {refuseWrongGradients} from './refused.js';

/**
 * Replaces missing and wrong gradients for all backends. To be called whenever a
 * backend was loaded: tfjs-node's registers tfjs's own again. Calling it again changes nothing else.
 */
export function correctGradients(): void {
  addComparisonGradients();
  correctBroadcastGradients();
  correctCumsumGradient();
  correctExtremeGradients();
  correctGatherGradient();
  correctLinearGradients();
  correctMeanPoolGradients();
  correctProductGradient();
  replaceActivationGradients();
  refuseWrongGradients();
}
