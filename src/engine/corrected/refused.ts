import {correctGradient} from './registry.js';

/** What has no gradient in tfjs 4.22 but one that is silently wrong throws. */
export function refuseWrongGradients(): void {
  correctGradient('FloorDiv', () => () => {
    throw new Error('floorDiv has no gradient: it is constant between its steps');
  });
}
