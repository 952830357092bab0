import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {userPlace} from '../../src/engine/tensorflow/place.js';
import {UserError} from '../../src/errors.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const w: NdArray = {shape: [2], dtype: 'float32', data: Float32Array.of(1, 2)};
const initial: TrainState<NdArray> = {params: {w}, modelState: {}, optimizer: {}};
type Given = {w: Tensor; x: Tensor};

/** An entry that gives one output. */
function entryOf(compute: (given: Given) => Tensor): Entry {
  return (state, {x}) => ({state, outputs: {y: compute({w: (state.params as {w: Tensor}).w, x})}});
}

function refusalOf(entry: Entry): string {
  const program = compileGraph(initial, {entry});
  try {
    program.run('entry', {x: w});
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  } finally {
    program.dispose();
  }
  throw new Error('the entry was not refused');
}

function lineOfCaller(): number {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack!.split('\n')[2]!)![1]);
}

describe.skipIf(!hasTensorflow)(onTensorflow('what a graph can not hold is refused'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test('a value read on the host: of the state, of an input, of a result', () => {
    expect(refusalOf(entryOf((given) => tf.mul(given.x, given.w.dataSync()[0]!)))).toContain(
      'a value of the state is read on the host',
    );
    expect(refusalOf(entryOf((given) => tf.mul(given.w, given.x.arraySync() as number[])))).toContain(
      'an input is read on the host',
    );
    expect(refusalOf(entryOf(({x}) => ((tf.sum(x).dataSync()[0] ?? 0) > 1 ? x : tf.neg(x))))).toContain(
      'what Sum gives is read on the host',
    );
  });

  test('the line and the operation are named', () => {
    const line = lineOfCaller() + 1;
    const reads = entryOf(({x}) => tf.scalar(tf.max(x).dataSync()[0]!));
    expect(refusalOf(reads)).toMatch(
      new RegExp(`^test/engine/tensorflow-refusals\\.test\\.ts:${line}:\\d+: what Max gives is read on the host`),
    );
  });

  test('random numbers of the host, clocks and counters', () => {
    const message = refusalOf(entryOf(({x}) => tf.add(x, tf.randomNormal([2]))));
    expect(message).toMatch(
      /^test\/engine\/tensorflow-refusals\.test\.ts:\d+:\d+: \w+ takes numbers that differ between two calls/,
    );
    let calls = 0;
    expect(refusalOf(entryOf(({x}) => tf.mul(x, ++calls)))).toContain(
      'Mul takes numbers that differ between two calls',
    );
    expect(refusalOf(entryOf(({x}) => (++calls % 2 ? tf.neg(x) : tf.abs(x))))).toMatch(
      /the operations \(\w+\) differ between two calls/,
    );
    expect(refusalOf(entryOf(({x}) => (++calls % 2 ? x : tf.abs(x))))).toMatch(/differ between two calls/);
  });

  test('random operations without a key', () => {
    const drawn = entryOf(({x}) => tf.cast(tf.multinomial(x as never, 2), 'float32'));
    expect(refusalOf(drawn)).toContain('Multinomial draws random numbers without a key');
  });

  test('a tensor from outside', () => {
    const outside = tf.tensor1d([1, 2]);
    tf.neg(outside).dispose();
    expect(refusalOf(entryOf(({x}) => tf.mul(x, outside)))).toContain(
      'Mul takes a tensor that was made outside of the entry',
    );
    const late = tf.tensor1d([1, 2]);
    expect(refusalOf(entryOf(({x}) => tf.mul(x, late)))).toContain(
      'Mul takes a tensor that was made outside of the entry',
    );
    tf.dispose([outside, late]);
  });

  test('strings, and shapes that depend on values', () => {
    const strings = entryOf(({x}) => tf.cast(tf.equal(tf.tensor1d(['a']), tf.tensor1d(['b'])), x.dtype as 'float32'));
    expect(refusalOf(strings)).toContain("a tensor of TensorFlow's type 7 can't be in a graph");
    const listed = entryOf(({x}) => {
      const {indices} = tf.unique(x as never) as unknown as {indices: Tensor};
      return indices;
    });
    expect(refusalOf(listed)).toContain('the shape of what');
  });
});

describe('the place of a refusal', () => {
  test('is the innermost frame that is neither the engine, a library nor Node', () => {
    const stack = [
      'Error',
      `    at executeOp (${import.meta.dirname.replace('/test/', '/src/')}/tensorflow/recorder.ts:3:4)`,
      '    at op (/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:5:6)',
      '    at node:internal/main:1:2',
      '    at Object.step (file:///app/my%20submission/model.ts:12:34)',
      '    at outer (/app/other.ts:1:1)',
    ].join('\n');
    expect(userPlace(stack)).toEqual({file: '/app/my submission/model.ts', line: 12, column: 34});
    expect(userPlace('Error\n    at node:internal/main:1:2')).toBeUndefined();
  });
});
