import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {fused, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {attributeKinds, tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {LEAST_CALLS} from '../../src/engine/tensorflow/calls.js';
import {FUNCTIONS, type Instruction} from '../../src/engine/tensorflow/elementwise.js';
import {type ElementwiseProgram, elementwiseProgram} from '../../src/engine/tensorflow/elementwise-program.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {REPEATS} from '../../src/engine/tensorflow/runnable-entry.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {type AddonCall, executedInProcess, processors} from '../helpers/addon.js';
import {random} from '../helpers/models.js';
import {
  largestDifference,
  loadedGraphs,
  onTensorflow,
  runEagerly,
  withoutOwnOperations,
} from '../helpers/tensorflow.js';

/** An instruction on values of `size` numbers, or of one. */
function instruction(name: string, op: string, size: number, ...operands: [string, number][]): Instruction {
  const [a, b = a] = operands.map(([ref, size]) => ({ref, size}));
  return {name, fn: FUNCTIONS.indexOf(op), operands: [a!, b!], shape: size === 1 ? [] : [size], size};
}

const isSquare = (name: string): boolean => name === 'square';

describe('the program of fused element-wise operations', () => {
  test('the place of an intermediate result is reused after its last use', () => {
    const chain = [
      instruction('square', 'Square', 9, ['x', 9]),
      instruction('root', 'Sqrt', 9, ['square', 9]),
      instruction('negative', 'Neg', 9, ['root', 9]),
      instruction('sum', 'Add', 9, ['negative', 9], ['x', 9]),
    ];
    const {inputs, outputs, program, blocks} = elementwiseProgram([chain], (name) => name === 'sum');
    expect({inputs, outputs, blocks}).toEqual({inputs: ['x'], outputs: ['sum'], blocks: 2});
    const places = program.flatMap((place, i) => (i % 4 === 1 ? [place] : []));
    expect(places).toEqual([2, 3, 2, 1]);
  });

  test('an output reuses the memory of an input of its size that is not used later, and that no other output reuses', () => {
    const square = instruction('square', 'Square', 9, ['x', 9]);
    const inPlaceOf = (...others: Instruction[]) =>
      elementwiseProgram([[square, ...others]], (name) => name === 'square' || name === 'other').inPlace;
    expect(inPlaceOf()).toEqual([0]);
    expect(inPlaceOf(instruction('other', 'Neg', 9, ['x', 9]))).toEqual([-1, 0]);
    expect(inPlaceOf(instruction('other', 'Neg', 9, ['square', 9]))).toEqual([0, -1]);
    const one = instruction('square', 'Square', 1, ['x', 1]);
    expect(elementwiseProgram([[one]], isSquare).inPlace).toEqual([-1]);
  });

  test('intermediate single numbers have places of their own', () => {
    const [scale] = [instruction('scale', 'Sqrt', 1, ['rate', 1])];
    const scaled = instruction('scaled', 'Mul', 9, ['x', 9], ['scale', 1]);
    const {program, chains, shapes, ones, blocks} = elementwiseProgram(
      [[scale!], [scaled]],
      (name) => name === 'scaled',
    );
    expect({program, chains, shapes, ones, blocks}).toEqual({
      program: [FUNCTIONS.indexOf('Sqrt'), 3, 0, 0, FUNCTIONS.indexOf('Mul'), 2, 1, 3],
      chains: [1, 1, 1, 9],
      shapes: [1, 9],
      ones: 1,
      blocks: 0,
    });
  });
});

/** The functions in float64, whose results are rounded to float32. */
const functions: {readonly [op: string]: (x: number, y: number) => number} = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  Maximum: Math.max,
  Minimum: Math.min,
  Neg: (x) => -x,
  Abs: Math.abs,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
  Sign: Math.sign,
  Relu: (x) => Math.max(x, 0),
  Expm1: Math.expm1,
};

/** More than the addon's parts and blocks are made of, and no multiple of them. */
const COUNT = 12_301;

const special = [0, 1, -1, 2.5, -1e30, 1e-30, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const x = random([COUNT], 1).data.map((value, i) => special[i] ?? value) as Float32Array;
const y = random([COUNT], 2).data.map(
  (value, i) => special[((i * 2) % special.length) + Math.floor(i / 9) * 9] ?? value,
) as Float32Array;

function addonCall({shapes, inPlace, ...given}: ElementwiseProgram, inputs: AddonCall['inputs']): AddonCall {
  const {int} = attributeKinds;
  const attributes = Object.entries({
    ...{N: given.inputs.length, M: given.outputs.length, ones: given.ones, blocks: given.blocks},
    ...{program: given.program, chains: given.chains, shapes, in_place: inPlace},
  }).map(([name, value]) => ({name, type: int, value}));
  return {op: 'Elementwise', attributes, inputs, outputs: given.outputs.length};
}

/** Every function of two vectors, and of a vector and a number on either side. */
function everyFunction(): AddonCall[] {
  const operands = {
    x: {shape: [COUNT], data: x},
    y: {shape: [COUNT], data: y},
    one: {shape: [], data: Float32Array.of(0.75)},
  };
  const sizes = {x: COUNT, y: COUNT, one: 1};
  return FUNCTIONS.flatMap((op) =>
    pairs.map(([a, b]) => {
      const program = elementwiseProgram(
        [[instruction('result', op, COUNT, [a, sizes[a]], [b, sizes[b]])]],
        () => true,
      );
      return addonCall(
        program,
        program.inputs.map((name) => operands[name as 'x']),
      );
    }),
  );
}

const pairs = [
  ['x', 'y'],
  ['x', 'one'],
  ['one', 'y'],
] as const;

describe.skipIf(!hasOwnAddon())(onTensorflow('fused element-wise operations'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(processors)('are rounded as each by itself, with %s', (_, env) => {
    const results = executedInProcess(everyFunction(), env).map(([result]) => result!);
    FUNCTIONS.forEach((op, i) => {
      pairs.forEach(([a, b], pair) => {
        const operand = {x, y, one: new Float32Array(COUNT).fill(0.75)};
        const expected = x.map((_, at) => functions[op]!(operand[a][at]!, operand[b][at]!));
        // Zeros of both signs are one number here.
        const found = results[i * pairs.length + pair]!;
        expect(
          found.map((value) => value + 0),
          `${op} of ${a} and ${b}`,
        ).toEqual(expected.map((value) => value + 0));
      });
    });
  });

  test('have the same bits, however many threads there are', () => {
    const [alone, ...shared] = ['1', '2', '7'].map((threads) =>
      executedInProcess(everyFunction(), {ALGOPERF_TS_THREADS: threads}),
    );
    for (const results of shared) expect(results).toEqual(alone);
  });

  const sum = elementwiseProgram([[instruction('sum', 'Add', 4, ['x', 4], ['y', 4])]], () => true);

  test('are refused where values are of other sizes', () => {
    const {op, attributes} = addonCall(sum, []);
    const backend = tensorflowBackend();
    const sumWith = (size: number) =>
      tf.tidy(() => {
        const ids = backend.getInputTensorIds([tf.ones([4]), tf.ones([size])]);
        return backend.createOutputTensor(backend.binding.executeOp(op, attributes, ids, 1)[0]!).dataSync();
      });
    expect(sumWith(4)).toEqual(new Float32Array(4).fill(2));
    expect(() => sumWith(3)).toThrow('values of a chain must be of one size');
  });

  test.each<[string, Partial<ElementwiseProgram>, string]>([
    ['a function that there is not', {program: [FUNCTIONS.length, 2, 0, 1]}, 'an instruction has a function'],
    ['an input that is written', {program: [0, 1, 0, 1]}, 'an instruction has a function, a place to write'],
    ['a place that there is not', {program: [0, 2, 0, 3]}, 'a place to write and two to read'],
    ['a shape that is cut off', {shapes: [2, 4]}, 'a shape is not whole'],
    ['too few shapes', {shapes: []}, 'each output has a shape'],
    ['an output over an input that there is not', {inPlace: [2]}, 'an input to be written over'],
    ['a number of places below 0', {ones: -1, blocks: 1}, 'each output has a shape'],
  ])('are refused by the addon with %s', (_, wrong, message) => {
    const {op, attributes} = addonCall({...sum, ...wrong}, []);
    const backend = tensorflowBackend();
    const call = () =>
      tf.tidy(() => {
        const ids = backend.getInputTensorIds([tf.ones([4]), tf.ones([4])]);
        backend.binding.executeOp(op, attributes, ids, 1);
      });
    expect(call).toThrow(message);
  });

  const state = (size: number): TrainState<NdArray> => ({
    params: {matrix: random([size, 6], 1), vector: random([6], 2), number: random([], 3)},
    modelState: {},
    optimizer: {matrix: random([size, 6], 4), vector: random([6], 5), number: random([], 6)},
  });

  type Leaves = {readonly [name: string]: Tensor};

  /** A step with single numbers, a norm between two fused parts, and an intermediate output. */
  const step =
    (isFused: boolean): Entry =>
    ({params, optimizer}, {rate}) => {
      const {loss, gradients} = lossAndGradients((at) => {
        const {matrix, vector, number} = at as Leaves;
        return {loss: tf.sum(tf.mul(tf.square(tf.add(matrix!, vector!)), number!)), aux: {}};
      }, params);
      return fused(() => {
        const half = tf.mul(tf.sqrt(tf.abs(rate as Tensor)), 0.5);
        const next = Object.entries(params as Leaves).map(([name, param]) => {
          const gradient = (gradients as Leaves)[name]!;
          const sum = tf.add(tf.mul((optimizer as Leaves)[name]!, 0.9), gradient);
          const direction = tf.div(tf.sign(sum), tf.add(tf.sqrt(tf.square(sum)), 1));
          const norm = tf.sqrt(tf.sum(tf.square(direction)));
          const stepped = tf.sub(param, tf.mul(tf.mul(tf.minimum(direction, norm), half), tf.neg(norm)));
          return [name, {sum, stepped, norm}] as const;
        });
        const tree = (key: 'sum' | 'stepped') => Object.fromEntries(next.map(([name, each]) => [name, each[key]]));
        return {
          state: {params: tree('stepped'), modelState: {}, optimizer: tree('sum')},
          outputs: {loss, norm: next[0]![1].norm},
        };
      }, isFused);
    };

  function trained(entry: Entry, size = 5, calls = 3) {
    const program = compileGraph(state(size), {step: entry});
    for (let i = 0; i < calls; i++) program.run('step', {rate: 0.01}).number('loss');
    const read = program.read();
    program.dispose();
    return read;
  }

  const fusedIn = (run: () => void): number => {
    const graphs = loadedGraphs(run);
    return graphs[0]!.split('\x12\x0bElementwise').length - 1;
  };

  test('give what they give one by one, bit for bit', () => {
    expect(largestDifference(trained(step(true)), trained(step(false)))).toBe(0);
    const eager = runEagerly(step(true), state(5), {rate: 0.01});
    expect(largestDifference(trained(step(true), 5, 1), eager.state)).toBe(0);
  });

  test('give the same where several calls are made together', () => {
    const calls = LEAST_CALLS + 2 * REPEATS;
    const together = compileGraph(state(5), {step: step(true)});
    for (let i = 0; i < calls; i++) together.run('step', {rate: 0.01});
    expect(largestDifference(together.read(), trained(step(false), 5, calls))).toBe(0);
    together.dispose();
  });

  test('are as few as can be: one before the norms and one behind them', () => {
    expect(fusedIn(() => void trained(step(true)))).toBe(2);
    expect(fusedIn(() => void trained(step(false)))).toBe(0);
  });

  test('are made parameter by parameter in a large model', () => {
    const most = Math.floor(2 ** 20 / 6) - 2;
    expect(fusedIn(() => void trained(step(true), most, 1))).toBe(2);
    expect(fusedIn(() => void trained(step(true), most + 2, 1))).toBe(6);
  });

  test('are left to TensorFlow by an addon that has none', () => {
    const expected = trained(step(false));
    withoutOwnOperations(() => expect(largestDifference(trained(step(true)), expected)).toBe(0));
  });

  test('a number that differs between calls is refused at its own line', () => {
    let calls = 0;
    const changing: Entry = ({params, ...rest}) =>
      fused(() => {
        const {matrix, ...others} = params as Leaves;
        const moved = tf.sub(tf.mul(matrix!, 0.5), ++calls);
        return {state: {params: {matrix: moved, ...others}, ...rest}, outputs: {}};
      });
    expect(() => trained(changing)).toThrow('Sub takes numbers that differ between two calls');
  });
});
