import {beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {
  leavesOf,
  mapTree,
  type NdArray,
  type Program,
  sizeOf,
  type Tensor,
  type Tree,
} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {
  adafactor,
  adamw,
  addDecayedWeights,
  ademamix,
  cautiousNadamw,
  chain,
  correctRmsBias,
  type GradientTransformation,
  lamb,
  lion,
  nadamw,
  scaleByLearningRate,
  scaleByRms,
  scheduleFree,
  scheduleFreeAdamw,
  sgd,
  takeStep,
} from '../../src/optimizers/index.js';
import {multiplied, multipliedCheck, reinitialised, reinitialisedCheck} from '../../src/submissions/cyclic/reset.js';
import golden from '../golden/elementwise_optimizers.json' with {type: 'json'};
import {countingGraphCalls, hasTensorflow, operationsOf} from '../helpers/tensorflow.js';

type Arrays = {readonly [name: string]: NdArray};
type Values = {readonly [name: string]: readonly number[]};

/** As the program that made the golden file. */
function value(i: number, step: number, salt: number): number {
  return (((i * 7919 + step * 104729 + salt * 1299709) % 2003) - 1001) / 1024;
}

function tree(step: number): Arrays {
  const made = Object.entries<number[]>(golden.shapes).map(([name, shape], salt) => {
    const width = shape.at(-1)!;
    const isUnseen = (i: number) => name === 'embedding' && step > 0 && (Math.floor(i / width) + step) % 3 === 0;
    const data = Float32Array.from({length: sizeOf(shape)}, (_, i) => (isUnseen(i) ? 0 : value(i, step, salt)));
    return [name, {shape, dtype: 'float32', data}];
  });
  return Object.fromEntries(made);
}

const rateOf = (step: number): number => (1 + (step % 8)) / 1024;

// biome-ignore lint/suspicious/noExplicitAny: each maker has options of its own
const makers: {readonly [name: string]: (options: any) => GradientTransformation} = {
  adamw,
  nadamw,
  momentum: sgd,
  nesterov: sgd,
  lamb,
  adafactor,
  lion,
  ademamix,
  'ademamix warmed up': ademamix,
  cautious_nadamw: cautiousNadamw,
  schedule_free_adamw: scheduleFreeAdamw,
  'schedule-free by optax': ({b1, b2, weightDecay}) =>
    scheduleFree(
      chain(
        scaleByRms({decay: b2}),
        correctRmsBias({decay: b2}),
        addDecayedWeights(weightDecay),
        scaleByLearningRate(),
      ),
      {b1, weightedBy: 'largestRate'},
    ),
};

const cases = golden.cases.map(({name, options, after}) => ({name, after, make: () => makers[name]!(options)}));

/** A case for each name that a config may have. */
const named = cases.filter(({name}) => !['momentum', 'ademamix', 'schedule-free by optax'].includes(name));

function compiled(optimizer: GradientTransformation, params: Arrays = tree(0)): Program {
  return compile(
    {params, modelState: {}, optimizer: optimizer.init(params)},
    {
      step: (state, {gradients, learningRate}) => {
        const given = {gradients, state: state.optimizer, params: state.params};
        const next = takeStep(optimizer, given, {learningRate});
        return {state: {params: next.params, modelState: {}, optimizer: next.state}, outputs: {}};
      },
      evaluated: (state) => {
        const {evalParams} = optimizer;
        const params = evalParams ? evalParams(state.optimizer, state.params) : state.params;
        return {state, outputs: mapTree<Tensor, Tensor>(params, (leaf) => tf.add(leaf, 0)) as {[name: string]: Tensor}};
      },
    },
  );
}

function takeSteps(program: Program, first: number, last: number): void {
  for (let step = first; step < last; step++)
    program.run('step', {gradients: tree(step + 1), learningRate: rateOf(step)});
}

/** Within 1e-5 of the value, or of the root mean square of the parameter where the value is smaller than that. */
function expectNear(found: Arrays, expected: Values, where: string): void {
  for (const [name, values] of Object.entries(expected)) {
    const rms = Math.sqrt(values.reduce((sum, each) => sum + each * each, 0) / values.length);
    const worst = values.reduce(
      (most, each, i) => Math.max(most, Math.abs(found[name]!.data[i]! - each) / Math.max(Math.abs(each), rms)),
      0,
    );
    expect(worst, `${where} ${name}`).toBeLessThan(1e-5);
  }
}

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeEach(() => openEngine(backend));

  test.each(cases)(`$name agrees with ${golden.madeBy}, and leaves no tensor`, ({name, after, make}) => {
    const program = compiled(make());
    takeSteps(program, 0, 1);
    const before = tf.memory().numTensors;
    let done = 1;
    for (const [i, step] of golden.kept.entries()) {
      takeSteps(program, done, step);
      done = step;
      const expected = after[i] as unknown as Values & {trained: Values; evaluated?: Values};
      const where = `${name} after ${step}`;
      expectNear(program.read().params as Arrays, expected.evaluated ? expected.trained : expected, where);
      if (expected.evaluated)
        expectNear(program.run('evaluated', {}).arrays(), expected.evaluated, `${where}, evaluated`);
    }
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });

  test.each(named)('$name continues from what it was saved as, bit by bit', ({make}) => {
    const [whole, resumed] = [compiled(make()), compiled(make())];
    takeSteps(whole, 0, 3);
    resumed.write(whole.read());
    for (const program of [whole, resumed]) takeSteps(program, 3, 6);
    expect(resumed.read()).toEqual(whole.read());
    for (const program of [whole, resumed]) program.dispose();
  });
});

describe('a reset', () => {
  beforeAll(() => openEngine('wasm'));
  const fresh = {params: tree(77), modelState: {}};

  function afterSomeSteps(optimizer: GradientTransformation) {
    const program = compiled(optimizer);
    takeSteps(program, 0, 4);
    return {program, before: program.read()};
  }

  test.each(named)('of $name by reinit gives what a run begins with', ({make}) => {
    const optimizer = make();
    const {program, before} = afterSomeSteps(optimizer);
    program.write(reinitialised(fresh, optimizer));
    reinitialisedCheck(before.params, fresh.params, optimizer)(program.leaves());
    const begun = compiled(optimizer, fresh.params);
    for (const each of [program, begun]) takeSteps(each, 0, 2);
    expect(program.read()).toEqual(begun.read());
    for (const each of [program, begun]) each.dispose();
  });

  test.each(named)('of $name by multiply scales its moments, and it trains on', ({make}) => {
    const optimizer = make();
    const {program, before} = afterSomeSteps(optimizer);
    const given = {factors: {params: 0.5, moments: 0.25}, optimizer};
    program.write(multiplied(program.leaves(), given));
    const after = program.read();
    multipliedCheck(before, given)(after);
    const quartered = (name: string) => mapTree<NdArray, NdArray>(stateOf(before)[name]!, quarter);
    const made = optimizer.init(after.params);
    for (const [name, rule] of Object.entries(optimizer.resets)) {
      const expected = {scale: () => quartered(name), keep: () => stateOf(before)[name], init: () => made[name]}[rule];
      expect(stateOf(after)[name], name).toEqual(expected());
    }
    takeSteps(program, 4, 6);
    for (const {value: leaf} of leavesOf<NdArray>(program.read().params))
      expect((leaf.data as Float32Array).every(Number.isFinite)).toBe(true);
    program.dispose();
  });

  function stateOf({optimizer}: {readonly optimizer: Tree<NdArray>}) {
    return optimizer as {readonly [name: string]: Tree<NdArray>};
  }

  function quarter(leaf: NdArray): NdArray {
    return {...leaf, data: (leaf.data as Float32Array).map((each) => each / 4)};
  }
});

describe.skipIf(!hasTensorflow)('on TensorFlow', () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each(named)('a step of $name is one call of a graph', ({make}) => {
    countingGraphCalls((calls) => {
      const program = compiled(make());
      takeSteps(program, 0, 2);
      const before = calls();
      expect(operationsOf(() => takeSteps(program, 2, 5))).toEqual([]);
      expect(calls() - before).toBe(3);
      program.dispose();
    });
  });
});

test.each<[() => unknown, string]>([
  [() => lion({b1: 1, b2: 0.9, weightDecay: 0}), 'lion: b1 must be a number in [0, 1), got 1'],
  [() => lion({b1: 0.9, b2: -1, weightDecay: 0}), 'lion: b2 must be a number in [0, 1), got -1'],
  [() => adafactor({b1: 0.9, weightDecay: -1}), 'adafactor: weightDecay must be a number of at least 0, got -1'],
  [() => adafactor({b1: 0.9, b2: 1, weightDecay: 0}), 'adafactor: b2 must be a number in [0, 1), got 1'],
  [
    () => scheduleFreeAdamw({b1: 0, b2: 0.9, weightDecay: 0}),
    'scheduleFreeAdamw: b1 must be a number in (0, 1), got 0',
  ],
  [() => ademamix({...slow, b3: 0.5}), 'scaleByAdemamix: b3 must be in [b1, 1) = [0.9, 1), got 0.5'],
  [() => ademamix({...slow, alpha: -1}), 'ademamix: alpha must be a number of at least 0, got -1'],
  [() => ademamix({...slow, warmupSteps: 0.5}), 'ademamix: warmupSteps must be an integer of at least 0, got 0.5'],
  [() => ademamix({...slow, eps: 0}), 'ademamix: eps must be a number above 0, got 0'],
])('%s is refused', (make, message) => {
  expect(make).toThrow(new RangeError(message));
});

const slow = {b1: 0.9, b2: 0.99, b3: 0.999, alpha: 5, weightDecay: 0};
