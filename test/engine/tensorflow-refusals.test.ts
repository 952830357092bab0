import {readFileSync} from 'node:fs';
import {setImmediate} from 'node:timers/promises';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {userPlace} from '../../src/engine/tensorflow/place.js';
import {UserError} from '../../src/support/errors.js';
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

describe.skipIf(!hasTensorflow)(onTensorflow('what a graph cannot hold is refused'), () => {
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

  test('clocks and counters', () => {
    let calls = 0;
    expect(refusalOf(entryOf(({x}) => tf.mul(x, ++calls)))).toMatch(
      /^test\/engine\/tensorflow-refusals\.test\.ts:\d+:\d+: Mul takes numbers that differ between two calls/,
    );
    expect(refusalOf(entryOf(({x}) => (++calls % 2 ? tf.neg(x) : tf.abs(x))))).toMatch(
      /the operations \(\w+\) differ between two calls/,
    );
    expect(refusalOf(entryOf(({x}) => (++calls % 2 ? x : tf.abs(x))))).toMatch(/differ between two calls/);
  });

  const seeded = 7;
  const random: [string, (x: Tensor) => Tensor][] = [
    ['randomNormal', () => tf.randomNormal([2])],
    ['randomNormal', () => tf.randomNormal([2], 0, 1, 'float32', seeded)],
    ['randomStandardNormal', () => tf.randomStandardNormal([2], 'float32', seeded)],
    ['randomUniform', () => tf.randomUniform([2], 0, 1, 'float32', seeded)],
    ['randomUniformInt', () => tf.randomUniformInt([2], 0, 9, seeded)],
    ['randomGamma', () => tf.randomGamma([2], 1, 1, 'float32', seeded)],
    ['truncatedNormal', () => tf.truncatedNormal([2], 0, 1, 'float32', seeded)],
    ['rand', () => tf.rand([2], () => 0.5)],
    ['multinomial', (x) => tf.cast(tf.multinomial(x as never, 2, seeded), 'float32')],
    ['dropout', (x) => tf.dropout(x, 0.5, undefined, seeded)],
  ];
  test.each(random)('tf.%s, which has no key, seeded or not (%#)', (name, draw) => {
    const message = refusalOf(entryOf(({x}) => tf.tidy(() => tf.add(x, draw(x)))));
    // The line of the drawing operation in the table above, not that of its consumer.
    const [, line, told] = /^test\/engine\/tensorflow-refusals\.test\.ts:(\d+):\d+: tf\.(\w+) draws/.exec(message)!;
    const text = readFileSync(import.meta.filename, 'utf8').split('\n')[Number(line) - 1];
    expect(told).toBe(name);
    expect(text).toContain(`['${name}', `);
    expect(message).toContain(name === 'dropout' ? '`dropout(x, rate, key)`' : '`keyedUniform(key, shape)`');
  });

  test('a kernel that draws, called by its name', () => {
    const attributes = {numSamples: 2, seed: 1, normalized: false};
    const drawn = entryOf(({x}) => tf.engine().runKernel('Multinomial', {logits: tf.reshape(x, [1, 2])}, attributes));
    expect(refusalOf(drawn)).toContain('Multinomial draws random numbers without a key');
  });

  test('a dropout of nothing draws nothing; after a refusal tfjs draws again', () => {
    const program = compileGraph(initial, {entry: entryOf(({x}) => tf.dropout(x, 0))});
    expect([...program.run('entry', {x: w}).array('y').data]).toEqual([1, 2]);
    program.dispose();
    refusalOf(entryOf(() => tf.randomNormal([2])));
    expect(tf.randomNormal([2]).shape).toEqual([2]);
  });

  test('a value read later, whether anybody waits for it or not', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    try {
      const line = lineOfCaller() + 2;
      const entry = entryOf(({x}) => {
        void tf.max(x).data();
        return x;
      });
      expect(refusalOf(entry)).toMatch(
        new RegExp(`^test/engine/tensorflow-refusals\\.test\\.ts:${line}:\\d+: what Max gives is read on the host`),
      );
      expect(refusalOf((async () => ({})) as unknown as Entry)).toContain("entry 'entry' is an async function");
      const waits = async (_: unknown, {x}: {x: Tensor}) => (await x.array()) && {};
      expect(refusalOf(waits as unknown as Entry)).toContain('an input is read on the host');
      const fails = async () => Promise.reject(new Error('late'));
      expect(refusalOf(fails as unknown as Entry)).toContain("entry 'entry' is an async function");
      // Node tells of them when a turn of events is over.
      await setImmediate();
      expect(rejections).toEqual([]);
      expect(await tf.tensor1d([1, 2]).data()).toEqual(Float32Array.of(1, 2));
    } finally {
      process.off('unhandledRejection', note);
    }
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
