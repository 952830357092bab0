import {beforeAll, describe, expect, test} from 'vitest';
import {
  mapTree,
  type NdArray,
  type Program,
  type Tensor,
  type Tree,
  type Workload,
  zeros,
} from '../../src/contract/index.js';
import {arraySource} from '../../src/data/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {createEvaluator, entryRunner, evaluatedModel, evaluationEntries} from '../../src/training/evaluate.js';
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

  test('gives the evaluated model leaf by leaf, whatever the names', () => {
    const array = (value: number): NdArray => ({shape: [1], dtype: 'float32', data: Float32Array.of(value)});
    const named = {'a/b': array(1), a: {b: array(2)}, 'a~1b': array(3), '~': array(4)};
    const doubled = (_: unknown, tree: Tree<Tensor>) => mapTree<Tensor, Tensor>(tree, (leaf) => tf.mul(leaf, 2));
    const kept = compile({params: named, modelState: {s: array(5)}, optimizer: {}}, evaluationEntries(mnist, doubled));
    expect(evaluatedModel(kept)).toEqual({
      params: {'a/b': array(2), a: {b: array(4)}, 'a~1b': array(6), '~': array(8)},
      modelState: {s: array(5)},
    });
    const lacking = compile(
      {params: named, modelState: {}, optimizer: {}},
      evaluationEntries(mnist, () => ({}) as never),
    );
    expect(() => evaluatedModel(lacking)).toThrow("evalParams gives no 'params/a~1b'");
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

describe("a decoder's entries", () => {
  /** Adds up what it is given, and the first class's bias, call after call. */
  const workload: Workload = {
    ...mnist,
    evalBatchSize: 50,
    evaluation: {
      entries: mnist.evaluation.entries,
      metrics: [mean('sum', {per: 'calls'})],
      decoder: {
        emptyCache: (batchSize) => ({sum: zeros([batchSize])}),
        entries: {
          add: ({params, cache}, {amount}) => {
            const {dense1} = params as unknown as {dense1: {bias: Tensor}};
            const sum = tf.add(tf.add((cache as {sum: Tensor}).sum, amount), tf.slice(dense1.bias, [0], [1]));
            return {cache: {sum}, outputs: {sum: tf.mean(sum)}};
          },
        },
      },
      async evaluateBatch(run, {targets}, {dataset, pause}) {
        await pause();
        expect(dataset.source).toBe('drawn');
        const sums = [run('add', {amount: 1}).number('sum'), run('add', {amount: 10}).number('sum')];
        return {sum: sums[1]!, calls: 1, size: targets!.shape[0]!};
      },
    },
  };
  const source = arraySource({
    inputs: zeros([130, 784]),
    targets: {shape: [130], dtype: 'int32', data: new Int32Array(130)},
  });
  const dataset = {train: source, validation: source, source: 'drawn'};
  const {params, modelState} = mnist.initModel([0, 1]);
  const biased = structuredClone(params) as unknown as {dense1: {bias: {data: Float32Array}}};
  biased.dense1.bias.data[0] = 0.5;

  test('keep a cache from call to call, empty at the beginning, of the parameters that are evaluated', async () => {
    const entries = evaluationEntries(workload, (kept) => (kept as {average: Tree<Tensor>}).average);
    const program = compile({params, modelState, optimizer: {average: biased as never}}, entries);
    const evaluate = createEvaluator({program, dataset, workload, key: [0, 2], splits: ['validation']});
    // Three batches of 50: 11 and twice the bias more after each.
    const expected = {'validation/sum': (12 + 24 + 36) / 3, 'validation/num_examples': 130};
    expect(await evaluate()).toEqual(expected);
    const before = tf.memory().numTensors;
    expect(await evaluate()).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });

  test('are given up by what is awaited between them', async () => {
    const program = compile({params, modelState, optimizer: {}}, evaluationEntries(workload));
    const evaluate = createEvaluator({program, dataset, workload, key: [0, 2], splits: ['validation']});
    const before = tf.memory().numTensors;
    const shares: number[] = [];
    expect(await evaluate(async (share) => shares.push(share) < 4)).toBeUndefined();
    expect(shares).toEqual([0, 0, 1 / 3, 1 / 3]);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });
});

describe('an evaluation of code that was replaced', () => {
  const {params, modelState} = mnist.initModel([0, 1]);
  const saysNothing = 'was replaced while the run was under way: its evaluations would say nothing';

  test('is refused where a tensor of the model would run it', () => {
    const disturbed = (_: unknown, tree: Tree<Tensor>) =>
      mapTree<Tensor, Tensor>(tree, (leaf) => {
        const own = tf.add(leaf, 0);
        Object.defineProperty(own, 'rank', {get: () => 1});
        return own;
      });
    const compiled = () => {
      const program = compile({params, modelState, optimizer: {}}, evaluationEntries(mnist, disturbed));
      return evaluatedModel(program);
    };
    expect(compiled).toThrow(`a field of the tensor 'params/dense0/kernel' ${saysNothing}`);
  });

  test('is refused before an entry is run', () => {
    const run = (engineChange: () => string | undefined) => {
      const called: string[] = [];
      const program = {run: (entry: string) => void called.push(entry)} as unknown as Program;
      return {called, run: () => entryRunner({program, engineChange})('sums', {})};
    };
    const replaced = run(() => 'tf.add');
    expect(replaced.run).toThrow(`tf.add ${saysNothing}`);
    expect(replaced.called).toEqual([]);
    const same = run(() => undefined);
    same.run();
    expect(same.called).toEqual(['evaluation/sums']);
  });
});

describe('an error in an evaluation', () => {
  const source = arraySource({number: zeros([4])});
  const dataset = {train: source, validation: source, source: 'drawn'};
  const broken = (entry: () => never): Parameters<typeof createEvaluator>[0] => {
    const workload: Workload = {
      ...mnist,
      evaluation: {entries: {}, metrics: [mean('sum')], evaluateBatch: entry},
    };
    return {program: undefined as never, dataset, workload, key: [0, 2]};
  };
  const fails = (): never => {
    throw new Error('no such batch');
  };

  test('is passed on, whether or not somebody may give it up', async () => {
    const evaluate = createEvaluator(broken(fails));
    await expect(evaluate()).rejects.toThrow('no such batch');
    await expect(evaluate(async () => true)).rejects.toThrow('no such batch');
  });

  test('is none where it was given up', async () => {
    expect(await createEvaluator(broken(fails))(async () => false)).toBeUndefined();
  });
});

test('the model as it is evaluated is read where it is another one, or a decoder asks for it', () => {
  const names = (...given: Parameters<typeof evaluationEntries>) => Object.keys(evaluationEntries(...given));
  const own = Object.keys(mnist.evaluation.entries).map((name) => `evaluation/${name}`);
  expect(names(mnist)).toEqual(own);
  expect(names(mnist, (_, params) => params)).toEqual([...own, 'evaluated model']);
  const decoder = {emptyCache: () => ({}), entries: {}};
  expect(names({...mnist, evaluation: {...mnist.evaluation, decoder}})).toEqual([...own, 'evaluated model']);
});
