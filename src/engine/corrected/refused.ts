import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** Gradients that are silently wrong in tfjs 4.22 and are not corrected here throw. */
export function refuseWrongGradients(): void {
  correctGradient('FloorDiv', () => () => {
    throw new Error('floorDiv has no gradient: it is constant between its steps');
  });
  correctGradient('AvgPool3D', (shipped) => (dy, saved, attributes) => {
    // As in mean-pool.ts, of which it shares the fault.
    if (tf.getBackend() !== 'tensorflow' && attributes.pad !== 'valid') {
      throw new Error(
        `avgPool3d with pad ${attributes.pad}: only the engine tensorflow has its gradient; pad 'valid' has one everywhere`,
      );
    }
    return shipped(dy, saved, attributes);
  });
}
