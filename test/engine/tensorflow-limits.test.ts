import {beforeAll, describe, expect, test} from 'vitest';
import {type Entry, full, type Tensor} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

describe.skipIf(!hasTensorflow)(onTensorflow('at the limits of memory'), () => {
  beforeAll(() => openEngine('tensorflow'));

  const stateOf = (size: number) => ({params: {w: full([size], 1)}, modelState: {}, optimizer: {}});

  const add: Entry = (state, {x}) => {
    const {w} = state.params as {w: Tensor};
    return {state: {...state, params: {w: tf.add(w, x as Tensor)}}, outputs: {sum: tf.sum(w)}};
  };

  test('a tensor that cannot be allocated in a run is an error with its line, and the program goes on', () => {
    const large: Entry = (state, {x}) => {
      // Of more bytes than there are addresses.
      const table = tf.tile(tf.reshape(x as Tensor, [-1, 1]), [2 ** 15, 2 ** 25]);
      return {state, outputs: {sum: tf.sum(table)}};
    };
    const program = compileGraph(stateOf(2), {add, large});
    const x = full([2], 3);
    for (let i = 1; i <= 2; i++) {
      expect(() => program.run('large', {x: full([2 ** 10], 1)}).number('sum')).toThrow(
        /^test\/engine\/tensorflow-limits\.test\.ts:\d+:\d+: \w+: .*OOM when allocating tensor with shape\[33554432,33554432\]/,
      );
      expect(program.run('add', {x}).number('sum')).toBe(2 + 6 * (i - 1));
    }
    program.dispose();
  });

  test('programs that are disposed of leave no memory behind', () => {
    const size = 2 ** 19;
    const x = full([size], 1);
    const residentAfter = (programs: number): number => {
      for (let i = 0; i < programs; i++) {
        const program = compileGraph(stateOf(size), {add});
        program.run('add', {x}).number('sum');
        program.dispose();
      }
      return process.memoryUsage.rss();
    };
    const before = residentAfter(20);
    // Their states would be 126 MB.
    expect(residentAfter(60) - before).toBeLessThan(40e6);
  });
});
