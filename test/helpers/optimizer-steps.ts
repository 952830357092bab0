import {expect} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {compile, tf} from '../../src/engine/index.js';
import {type GradientTransformation, takeStep} from '../../src/optimizers/index.js';
import golden from '../golden/optimizers.json' with {type: 'json'};

type Flat = {kernel: number[]; bias: number[]};

function arrays({kernel, bias}: Flat): {kernel: NdArray; bias: NdArray} {
  return {
    kernel: {shape: [3, 2], dtype: 'float32', data: Float32Array.from(kernel)},
    bias: {shape: [2], dtype: 'float32', data: Float32Array.from(bias)},
  };
}

/** Takes the golden file's steps; the parameters, of size 1 or so, have to be `after` each of them, and no tensor may be left. */
export function expectGoldenSteps(optimizer: GradientTransformation, after: readonly Flat[]): void {
  const params = arrays(golden.params);
  const program = compile(
    {params, modelState: {}, optimizer: optimizer.init(params)},
    {
      step: (state, {gradients, learningRate}) => {
        const inputs = {gradients, state: state.optimizer, params: state.params};
        const next = takeStep(optimizer, inputs, {learningRate});
        return {state: {params: next.params, modelState: {}, optimizer: next.state}, outputs: {}};
      },
    },
  );
  const before = tf.memory().numTensors;
  for (const [step, gradient] of golden.gradients.entries()) {
    program.run('step', {gradients: arrays(gradient), learningRate: golden.rates[step]!});
    const found = program.read().params as unknown as {kernel: NdArray; bias: NdArray};
    for (const part of ['kernel', 'bias'] as const) {
      for (const [i, value] of after[step]![part].entries()) {
        expect(Math.abs(found[part].data[i]! - value), `step ${step} ${part} ${i}`).toBeLessThan(
          1e-6 * Math.max(0.25, Math.abs(value)),
        );
      }
    }
  }
  expect(tf.memory().numTensors).toBe(before);
  program.dispose();
}
