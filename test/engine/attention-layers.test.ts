import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {NdArray, Tensor} from '../../src/contract/index.js';
import {
  attention,
  causalMask,
  compile,
  dense,
  embed,
  embedLogits,
  glu,
  layerNorm,
  linear,
  lossAndGradients,
  openEngine,
  rmsNorm,
  rotary,
  tf,
} from '../../src/engine/index.js';
import {values} from '../helpers/golden-values.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

interface Case {
  readonly name: string;
  readonly shapes: number[][];
  readonly outputs: number[];
  /** In the order of the inputs. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'attention_layers.json'), 'utf8'),
);

const ids = () => tf.tensor2d([3, 0, 3, 1, 2, 0], [2, 3], 'int32') as Tensor;
const mask = () => tf.tensor([1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0], [1, 1, 3, 4], 'bool');

const layers: {readonly [name: string]: (...inputs: Tensor[]) => Tensor} = {
  rmsNorm: (scale, x) => rmsNorm({scale: scale!}, x!),
  layerNorm: (scale, bias, x) => layerNorm({scale: scale!, bias: bias!}, x!),
  rotary: (x) => rotary(x!, {theta: 500_000}),
  dense: (kernel, bias, x) => dense({kernel: kernel!, bias: bias!}, x!),
  denseOfTwoAxes: (kernel, x) => linear(kernel!, x!, {axes: 2}),
  glu: (x) => glu(x!),
  tiedEmbeddings: (table) => embedLogits(table!, embed(table!, ids())),
  attention: (query, key, value) => attention({query: query!, key: key!, value: value!}),
  maskedAttention: (query, key, value) => attention({query: query!, key: key!, value: value!, mask: mask()}),
  causalAttention: (query, key, value, scale) =>
    attention({query: query!, key: key!, value: value!, scale: scale!, mask: causalMask(4)}),
};

/** By a program: on TensorFlow as one graph. */
function computed({name, shapes}: Case): ArrayLike<number>[] {
  const inputs = shapes.map((shape, i): [string, NdArray] => {
    return [`${i}`, {shape, dtype: 'float32', data: values(shape, i + 1)}];
  });
  const program = compile(
    {params: Object.fromEntries(inputs), modelState: {}, optimizer: {}},
    {
      look: (state) => {
        const {aux, gradients} = lossAndGradients((tree) => {
          const outputs = layers[name]!(...(Object.values(tree) as Tensor[]));
          const weights = tf.tensor(values(outputs.shape, 11), outputs.shape);
          return {loss: tf.sum(tf.mul(outputs, weights)), aux: {outputs}};
        }, state.params);
        return {state, outputs: {...aux, ...(gradients as {[index: string]: Tensor})}};
      },
    },
  );
  const found = program.run('look', {}).arrays();
  program.dispose();
  return [found.outputs!.data, ...inputs.map(([index]) => found[index]!.data)];
}

/** The size of the numbers that are added up to an array: where they cancel, it is their rounding that float32 shows. */
function sizeOf({outputs, gradients, shapes}: Case, i: number): number {
  const largest = (numbers: readonly number[]): number =>
    numbers.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  if (shapes[i - 1]?.length !== 0) return largest([outputs, ...gradients][i]!);
  // The gradient of the queries' scale is the sum of the queries times theirs, over the scale.
  const [query, [scale]] = [values(shapes[0]!, 1), values([], i)];
  return largest(gradients[0]!.map((gradient, at) => (gradient * query[at]!) / scale!));
}

describe.each(['wasm', 'tensorflow'])('on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasTensorflow;
  const title = (text: string): string => (backend === 'tensorflow' ? onTensorflow(text) : text);
  beforeAll(async () => {
    if (!skipped) await openEngine(backend);
  });

  test('every layer has a golden case', () => {
    expect(golden.cases.map(({name}) => name)).toEqual(Object.keys(layers));
  });

  test.skipIf(skipped).each(golden.cases)(title(`$name agrees with ${golden.madeBy}`), (given) => {
    const found = computed(given);
    for (const [i, expected] of [given.outputs, ...given.gradients].entries()) {
      const limit = 2e-6 * Math.max(1e-3, sizeOf(given, i));
      const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[i]![at]!)), 0);
      expect(found[i]!.length, `${i}`).toBe(expected.length);
      expect(worst, `${i}`).toBeLessThanOrEqual(limit);
    }
  });

  test.skipIf(skipped)(title('a query that sees no key attends to all alike'), () => {
    tf.tidy(() => {
      const x = tf.tensor(values([1, 3, 1, 4], 1), [1, 3, 1, 4]) as Tensor;
      const none = tf.zeros([1, 1, 3, 3], 'bool') as Tensor;
      const found = attention({query: x, key: x, value: x, mask: none}).dataSync();
      const mean = tf.mean(x, 1).dataSync();
      for (const [i, value] of found.entries()) expect(Math.abs(value - mean[i % 4]!)).toBeLessThan(1e-6);
    });
  });

  test.skipIf(skipped)(title("an attention's weights can be changed before they are used"), () => {
    tf.tidy(() => {
      const x = tf.tensor(values([1, 3, 1, 4], 1), [1, 3, 1, 4]) as Tensor;
      const dropped = attention({query: x, key: x, value: x, changeWeights: (weights) => tf.zerosLike(weights)});
      expect([...dropped.dataSync()]).toEqual(Array(12).fill(0));
    });
  });
});
