import {beforeAll, describe, expect, test} from 'vitest';
import type {Program, Tensor, Tree} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {createEvaluator, evaluationEntries} from '../../src/training/evaluate.js';
import {mnist} from '../../workloads/mnist/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

beforeAll(() => openEngine('wasm'));

describe('createEvaluator', () => {
  const {params, modelState} = mnist.initModel([0, 1]);
  const program = () => compile({params, modelState, optimizer: {}}, evaluationEntries(mnist));

  test('gives the same metrics for any evaluation batch', async () => {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const dataset = await mnist.loadData(folder);
    const [whole, ...parts] = await Promise.all(
      [1000, 100, 77, 1].map((evalBatchSize) =>
        createEvaluator({program: program(), dataset, workload: {...mnist, evalBatchSize}, key: [0, 2]})(),
      ),
    );
    expect(Object.keys(whole!)).toEqual([
      'train/accuracy',
      'train/loss',
      'validation/accuracy',
      'validation/loss',
      'validation/num_examples',
      'test/accuracy',
      'test/loss',
      'test/num_examples',
    ]);
    for (const part of parts) {
      for (const [name, value] of Object.entries(whole!))
        expect(Math.abs(part![name]! / value - 1), name).toBeLessThan(1e-5);
    }
    expect(whole!['validation/num_examples']).toBe(100);
  });

  test('counts what is right', async () => {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const dataset = await mnist.loadData(folder);
    // All logits 0 but a bias for class 3: a tenth of the examples is of that class.
    const biased = structuredClone(params) as unknown as {
      dense1: {kernel: {data: Float32Array}; bias: {data: Float32Array}};
    };
    biased.dense1.kernel.data.fill(0);
    biased.dense1.bias.data[3] = 1;
    const fixed = compile({params: biased as never, modelState, optimizer: {}}, evaluationEntries(mnist));
    const evaluate = createEvaluator({program: fixed, dataset, workload: {...mnist, evalBatchSize: 33}, key: [0, 2]});
    const metrics = (await evaluate())!;
    expect(metrics['test/accuracy']).toBeCloseTo(0.1, 12);
    expect(metrics['test/loss']).toBeCloseTo(Math.log(9 + Math.E) - 0.1, 5);
  });

  test('measures what evalParams gives, inside the entry', async () => {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const dataset = await mnist.loadData(folder);
    const average = mnist.initModel([0, 5]).params;
    const metricsOf = (program: Program) => createEvaluator({program, dataset, workload: mnist, key: [0, 2]})();
    const optimizer = {average};
    const entries = evaluationEntries(mnist, (kept) => (kept as {average: Tree<Tensor>}).average);
    const found = await metricsOf(compile({params, modelState, optimizer}, entries));
    const expected = await metricsOf(compile({params: average, modelState, optimizer: {}}, evaluationEntries(mnist)));
    expect(found).toEqual(expected);
    expect(found).not.toEqual(await metricsOf(program()));
  });

  test('leaves no tensor behind', async () => {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const evaluate = createEvaluator({
      program: program(),
      dataset: await mnist.loadData(folder),
      workload: mnist,
      key: [0, 2],
    });
    await evaluate();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await evaluate();
    expect(tf.memory().numTensors).toBe(before);
  });
});
