import {beforeAll, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {compileEager, openEngine, tf} from '../../src/engine/index.js';
import {checkMemory} from '../../src/engine/wasm/checked-memory.js';
import {UserError} from '../../src/support/index.js';

beforeAll(() => openEngine('wasm'));

const initial: TrainState<NdArray> = {
  params: {w: {shape: [2], dtype: 'float32', data: Float32Array.of(1, 2)}},
  modelState: {},
  optimizer: {},
};
const keep: Entry = (state) => ({state, outputs: {sum: tf.sum((state.params as {w: Tensor}).w)}});
const square = (size: number): Entry => {
  return (state) => ({state, outputs: {sum: tf.sum(tf.matMul(tf.ones([size, 1]), tf.ones([1, size])))}});
};

test('a tensor that WebAssembly has no room for is an error, and the program goes on', () => {
  const program = compileEager(initial, {keep, tooLarge: square(40_000), farTooLarge: square(300_000)});
  for (const entry of ['tooLarge', 'farTooLarge']) {
    const run = () => program.run(entry, {});
    expect(run).toThrow(
      /^.*wasm-memory\.test\.ts:\d+:\d+: out of memory: a tensor of (6,400|360,000) MB does not fit beside .* --backend tensorflow/,
    );
    expect(run).toThrow(UserError);
    expect(program.run('keep', {}).number('sum')).toBe(3);
  }
  program.dispose();
});

test('the address 0 is no memory; of no bytes it is', () => {
  const module = {asm: {malloc: (bytes: number) => (bytes > 100 ? 0 : bytes)}, _malloc: () => 0 as number};
  checkMemory(module);
  const malloc: (bytes: number) => number = module._malloc;
  expect([malloc(0), malloc(100)]).toEqual([0, 100]);
  expect(() => malloc(1e6 + 1)).toThrow('out of memory: a tensor of 2 MB');
});
