import {describe, expect, test} from 'vitest';
import {mayComputeOnGpu} from '../../src/native/gpu.js';

describe('TensorFlow may compute on a GPU', () => {
  const facts = {kind: 'gpu', devices: ['null', 'nvidiactl', 'nvidia3'], env: {}} as const;

  test.each([facts, {...facts, devices: ['dxg']}, {...facts, env: {CUDA_VISIBLE_DEVICES: '0'}}])('with %j', (each) => {
    expect(mayComputeOnGpu(each)).toBe(true);
  });

  test.each([
    {...facts, kind: 'cpu' as const},
    {...facts, kind: undefined},
    {...facts, devices: ['nvidiactl', 'nvidia-uvm']},
    {...facts, env: {CUDA_VISIBLE_DEVICES: ''}},
    {...facts, env: {CUDA_VISIBLE_DEVICES: '-1'}},
  ])('but not with %j', (each) => {
    expect(mayComputeOnGpu(each)).toBe(false);
  });
});
