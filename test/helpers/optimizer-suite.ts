import {beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {
  leavesOf,
  mapTree,
  type NdArray,
  type Program,
  sizeOf,
  type Tensor,
  type TensorInputs,
  type TrainState,
  type Tree,
  zipTrees,
} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {type GradientTransformation, takeStep} from '../../src/optimizers/index.js';
import {multiplied, multipliedCheck, reinitialised, reinitialisedCheck} from '../../src/submissions/cyclic/reset.js';
import {countingGraphCalls, hasTensorflow, operationsOf} from './tensorflow.js';

type Arrays = {readonly [name: string]: NdArray};
type Values = {readonly [name: string]: readonly number[]};

/** What a golden file of optimizers holds. */
interface Golden {
  readonly madeBy: string;
  readonly kept: readonly number[];
  readonly shapes: {readonly [name: string]: readonly number[]};
}

/** An optimizer's steps in it. */
export interface OptimizerCase {
  readonly name: string;
  readonly make: () => GradientTransformation;
  /** Parameters after the steps kept; where others are evaluated, `{trained, evaluated}`. */
  readonly after: readonly object[];
  /** Whether the gradient is the fixed one plus half the parameters, instead of the fixed one. */
  readonly isCurved?: boolean;
  /** How near the values must be, relative to a parameter's root mean square where they are smaller; default 1e-5. */
  readonly tolerance?: number;
}

/** As the programs that make the golden files. */
function value(i: number, step: number, salt: number): number {
  return (((i * 7919 + step * 104729 + salt * 1299709) % 2003) - 1001) / 1024;
}

const rateOf = (step: number): number => (1 + (step % 8)) / 1024;

/** A program with the number of steps that its optimizer has made. */
interface Training {
  readonly program: Program;
  readonly optimizer: GradientTransformation;
}

/** @param named - cases that are also saved, restored and reset */
export function testOptimizers(golden: Golden, cases: readonly OptimizerCase[], named: readonly OptimizerCase[]): void {
  function tree(step: number): Arrays {
    const made = Object.entries(golden.shapes).map(([name, shape], salt) => {
      const width = shape.at(-1)!;
      const isUnseen = (i: number) => name === 'embedding' && step > 0 && (Math.floor(i / width) + step) % 3 === 0;
      const data = Float32Array.from({length: sizeOf(shape)}, (_, i) => (isUnseen(i) ? 0 : value(i, step, salt)));
      return [name, {shape, dtype: 'float32', data}];
    });
    return Object.fromEntries(made);
  }

  const paramTypes = Object.fromEntries(
    Object.keys(golden.shapes).map((name) => [name, name === 'embedding' ? 'embedding' : 'weight']),
  ) as {readonly [name: string]: 'embedding' | 'weight'};

  function training({make, isCurved}: OptimizerCase, params: Arrays = tree(0)): Training {
    const optimizer = make();
    const step =
      (isLongStep: boolean) =>
      (state: TrainState<Tensor>, {gradients: fixed, learningRate}: TensorInputs) => {
        const gradientsAt = (at: Tree<Tensor>) =>
          zipTrees<Tensor, Tensor, Tensor>(fixed, at, (gradient, param) => tf.add(gradient, tf.mul(param, 0.5)));
        const gradients = isCurved ? gradientsAt(state.params) : fixed;
        const context = {learningRate, paramTypes, gradientsAt, isLongStep};
        const next = takeStep(optimizer, {gradients, state: state.optimizer, params: state.params}, context);
        return {state: {params: next.params, modelState: {}, optimizer: next.state}, outputs: {}};
      };
    const program = compile(
      {params, modelState: {}, optimizer: optimizer.init(params, paramTypes)},
      {
        step: step(false),
        longStep: step(true),
        evaluated: (state) => {
          const evaluated = optimizer.evalParams?.(state.optimizer, state.params, paramTypes) ?? state.params;
          return {
            state,
            outputs: mapTree<Tensor, Tensor>(evaluated, (leaf) => tf.add(leaf, 0)) as {[name: string]: Tensor},
          };
        },
      },
    );
    return {program, optimizer};
  }

  function takeSteps({program, optimizer}: Training, first: number, last: number, made = first): void {
    for (let step = first; step < last; step++) {
      const entry = optimizer.isLongStep?.(made + step - first) ? 'longStep' : 'step';
      program.run(entry, {gradients: tree(step + 1), learningRate: rateOf(step)});
    }
  }

  describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
    beforeEach(() => openEngine(backend));

    test.each(cases)(`$name agrees with ${golden.madeBy}, and leaves no tensor`, (one) => {
      const trained = training(one);
      const {program} = trained;
      takeSteps(trained, 0, 1);
      const before = tf.memory().numTensors;
      let done = 1;
      for (const [i, step] of golden.kept.entries()) {
        takeSteps(trained, done, step);
        done = step;
        const expected = one.after[i] as unknown as Values & {trained: Values; evaluated?: Values};
        const expectHere = (found: Arrays, values: Values, what = '') =>
          expectNear({found, expected: values, where: `${one.name} after ${step}${what}`, tolerance: one.tolerance});
        expectHere(program.read().params as Arrays, expected.evaluated ? expected.trained : expected);
        if (expected.evaluated) expectHere(program.run('evaluated', {}).arrays(), expected.evaluated, ', evaluated');
      }
      expect(tf.memory().numTensors).toBe(before);
      program.dispose();
    });

    test.each(named)('$name continues from what it was saved as, bit by bit', (one) => {
      const [whole, resumed] = [training(one), training(one)];
      takeSteps(whole, 0, 6);
      resumed.program.write(whole.program.read());
      for (const each of [whole, resumed]) takeSteps(each, 6, 12);
      expect(resumed.program.read()).toEqual(whole.program.read());
      for (const {program} of [whole, resumed]) program.dispose();
    });
  });

  describe('a reset', () => {
    beforeAll(() => openEngine('wasm'));
    const fresh = {params: tree(77), modelState: {}};

    function afterSomeSteps(one: OptimizerCase) {
      const trained = training(one);
      takeSteps(trained, 0, 8);
      const init = (params: Tree<NdArray>) => trained.optimizer.init(params, paramTypes);
      return {trained, before: trained.program.read(), optimizer: {init, resets: trained.optimizer.resets}};
    }

    test.each(named)('of $name by reinit gives what a run begins with', (one) => {
      const {trained, before, optimizer} = afterSomeSteps(one);
      trained.program.write(reinitialised(fresh, optimizer));
      reinitialisedCheck(before.params, fresh.params, optimizer)(trained.program.leaves());
      const begun = training(one, fresh.params);
      for (const each of [trained, begun]) takeSteps(each, 8, 14, 0);
      expect(trained.program.read()).toEqual(begun.program.read());
      for (const {program} of [trained, begun]) program.dispose();
    });

    test.each(named)('of $name by multiply scales its moments, and it trains on', (one) => {
      const {trained, before, optimizer} = afterSomeSteps(one);
      const given = {factors: {params: 0.5, moments: 0.25}, optimizer};
      trained.program.write(multiplied(trained.program.leaves(), given));
      const after = trained.program.read();
      multipliedCheck(before, given)(after);
      const quartered = (name: string) => mapTree<NdArray, NdArray>(stateOf(before)[name]!, quarter);
      const made = optimizer.init(after.params);
      for (const [name, rule] of Object.entries(optimizer.resets)) {
        const expected = {scale: () => quartered(name), keep: () => stateOf(before)[name], init: () => made[name]}[
          rule
        ];
        expect(stateOf(after)[name], name).toEqual(expected());
      }
      takeSteps(trained, 8, 14);
      for (const {value: leaf} of leavesOf<NdArray>(trained.program.read().params))
        expect((leaf.data as Float32Array).every(Number.isFinite)).toBe(true);
      trained.program.dispose();
    });
  });

  describe.skipIf(!hasTensorflow)('on TensorFlow', () => {
    beforeAll(() => openEngine('tensorflow'));

    test.each(named)('a step of $name is one call of a graph', (one) => {
      countingGraphCalls((calls) => {
        const trained = training(one);
        takeSteps(trained, 0, 2);
        const before = calls();
        // The last step again: it is no long one, after which the next takes the parameters over from its graph.
        expect(operationsOf(() => takeSteps(trained, 1, 2))).toEqual([]);
        expect(calls() - before).toBe(1);
        trained.program.dispose();
      });
    });
  });
}

interface Nearness {
  readonly found: Arrays;
  readonly expected: Values;
  readonly where: string;
  readonly tolerance: number | undefined;
}

/** Within the tolerance of the value, or of the root mean square of the parameter where the value is smaller than that. */
function expectNear({found, expected, where, tolerance = 1e-5}: Nearness): void {
  for (const [name, values] of Object.entries(expected)) {
    const rms = Math.sqrt(values.reduce((sum, each) => sum + each * each, 0) / values.length);
    const worst = values.reduce(
      (most, each, i) => Math.max(most, Math.abs(found[name]!.data[i]! - each) / Math.max(Math.abs(each), rms)),
      0,
    );
    expect(worst, `${where} ${name}`).toBeLessThan(tolerance);
  }
}

function stateOf({optimizer}: {readonly optimizer: Tree<NdArray>}) {
  return optimizer as {readonly [name: string]: Tree<NdArray>};
}

function quarter(leaf: NdArray): NdArray {
  return {...leaf, data: (leaf.data as Float32Array).map((each) => each / 4)};
}
