import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, Key, NdArray, Tensor} from '../../src/contract/index.js';
import {compile, foldIn, keyFromSeed, openEngine, tf, uniform} from '../../src/engine/index.js';
import {dropout, keyedUniform} from '../../src/engine/keyed-random.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const keyOf = (high: number, low: number): Tensor => tf.tensor1d([high, low], 'int32');
const backends = ['wasm', 'cpu', 'tensorflow'] as const;

describe.each(backends)('%s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('random numbers') : 'random numbers', () => {
    beforeAll(async () => {
      await openEngine(backend);
    });

    test('are a function of the key, in [0, 1), with the moments of the uniform distribution', () => {
      const draw = (key: Tensor) => tf.tidy(() => keyedUniform(key, [100, 200]).dataSync());
      const values = [...draw(keyOf(-5, 9))];
      expect([...draw(keyOf(-5, 9))]).toEqual(values);
      expect([...draw(keyOf(-5, 10))]).not.toEqual(values);
      expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.01);
      expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
    });

    test('dropout sets a share to 0 and scales the others, and so its gradient', () => {
      tf.tidy(() => {
        const x = tf.fill([4000], 3);
        const dropped = dropout(x, 0.25, keyOf(1, 2)).dataSync();
        const zeros = dropped.filter((value) => value === 0).length;
        expect(Math.abs(zeros / 4000 - 0.25)).toBeLessThan(0.03);
        expect(dropped.every((value) => value === 0 || Math.abs(value - 4) < 1e-5)).toBe(true);
        const gradient = tf
          .grad((given) => tf.sum(dropout(given, 0.25, keyOf(1, 2))))(x)
          .dataSync();
        gradient.forEach((value, i) => {
          expect(value).toBeCloseTo(dropped[i]! / 3, 5);
        });
        expect(dropout(x, 0, keyOf(1, 2))).toBe(x);
      });
    });

    // The first words are beyond 2^31, where a signed integer is negative.
    const keys: readonly Key[] = [[0, 0], [2 ** 32 - 5, 9], keyFromSeed(7)];
    const chains = [[0], [1], [1, 2], [2, 1], [1, 2, 2 ** 32 - 1]];
    const onHost = (key: Key, numbers: readonly number[]): Key =>
      numbers.reduce<Key>((each, n) => foldIn(each, n), key);
    const inEntry = (key: Tensor, numbers: readonly number[]): Tensor =>
      numbers.reduce((each, n) => foldIn(each, n), key);
    const wordsOf = ({data}: NdArray): number[] => [...data].map((word) => word >>> 0);

    test('of folded keys: the host and a compiled entry agree bit for bit, for a key among the inputs', () => {
      const entry: Entry = (state, {key, keys: {nested}}) => ({
        state,
        outputs: Object.fromEntries(
          chains.flatMap((numbers) => [
            [`flat ${numbers}`, inEntry(key, numbers)],
            [`nested ${numbers}`, inEntry(nested, numbers)],
          ]),
        ),
      });
      const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
      for (const [i, key] of keys.entries()) {
        const nested = keys[(i + 1) % keys.length]!;
        const outputs = program.run('entry', {key, keys: {nested}});
        for (const numbers of chains) {
          expect(wordsOf(outputs.array(`flat ${numbers}`))).toEqual(onHost(key, numbers));
          expect(wordsOf(outputs.array(`nested ${numbers}`))).toEqual(onHost(nested, numbers));
        }
      }
      program.dispose();
    });

    test('of folded keys: the host and a compiled entry agree bit for bit, for a key of the state', () => {
      const entry: Entry = (state) => {
        const {key} = state.optimizer as {key: Tensor};
        return {state: {...state, optimizer: {key: inEntry(key, [3, 2 ** 32 - 1])}}, outputs: {}};
      };
      const before: Key = [2 ** 32 - 5, 9];
      const initial: NdArray = {shape: [2], dtype: 'int32', data: Int32Array.of(...before)};
      const program = compile({params: {}, modelState: {}, optimizer: {key: initial}}, {entry});
      for (let i = 0; i < 3; i++) program.run('entry', {});
      const after = (program.read().optimizer as {key: NdArray}).key;
      expect(wordsOf(after)).toEqual(onHost(before, [3, 2 ** 32 - 1, 3, 2 ** 32 - 1, 3, 2 ** 32 - 1]));
      program.dispose();
    });

    test('of folded keys: nested layers have masks of their own, which are not correlated', () => {
      const chains = [[], [1], [2], [1, 2], [2, 1], [1, 1], [2, 2], [3]];
      const entry: Entry = (state, {key}) => ({
        state,
        outputs: Object.fromEntries(
          chains.map((numbers) => [`mask ${numbers}`, dropout(tf.ones([10_000]), 0.5, inEntry(key, numbers))]),
        ),
      });
      const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
      const outputs = program.run('entry', {key: [3, 4]});
      const masks = chains.map((numbers) => [...outputs.array(`mask ${numbers}`).data].map((value) => value - 1));
      for (const [i, a] of masks.entries()) {
        for (const b of masks.slice(0, i)) {
          const correlation = a.reduce((sum, value, at) => sum + value * b[at]!, 0) / a.length;
          // Five deviations of the mean of 10,000 products that are 1 or -1.
          expect(Math.abs(correlation)).toBeLessThan(0.05);
        }
      }
      program.dispose();
    });

    test('leave no tensors behind', () => {
      const key = keyOf(1, 2);
      const before = tf.memory().numTensors;
      tf.tidy(() => void dropout(tf.ones([10]), 0.5, foldIn(key, 1)));
      expect(tf.memory().numTensors).toBe(before);
      key.dispose();
    });
  });
});

test('where entries run op by op, the numbers are those of `uniform`', async () => {
  await openEngine('cpu');
  const drawn = keyedUniform(keyOf(-1, 3), [3, 5]);
  expect([...drawn.dataSync()]).toEqual([...uniform([2 ** 32 - 1, 3], [3, 5]).data]);
});

test.each([
  [-0.1, 'rate must be in [0, 1], got -0.1'],
  [1, 'rate must be below 1, got 1'],
])('a rate of %f is refused', (rate, message) => {
  expect(() => dropout(tf.ones([1]), rate, keyOf(0, 0))).toThrow(message);
});

test.each([-1, 0.5, 2 ** 32])('%d is folded into no key', (n) => {
  const message = `n must be an integer in [0, 2^32), got ${n}`;
  expect(() => foldIn([0, 0], n)).toThrow(message);
  expect(() => foldIn(keyOf(0, 0), n)).toThrow(message);
});
