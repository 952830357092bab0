import type {Tensor} from '../contract/index.js';
import {formOf} from '../contract/index.js';
import {describeValue} from '../support/index.js';
import {foldIn} from './keyed-random.js';
import {section} from './sections.js';
import {type ScanStepTensors, type ScanToRecord, scanAsLoop} from './tensorflow/loops/scan.js';
import {tf} from './tf.js';

/** What a scan hands from step to step, by name; each [batch, ...]. */
export type Carry = {readonly [name: string]: Tensor};

export interface ScanStep<C extends Carry> {
  /** Of the shapes and types that it had. */
  readonly carry: C;
  /** [batch, ...], of the same shape at every step. */
  readonly output: Tensor;
}

export interface ScanOptions<C extends Carry> {
  readonly carry: C;
  /** [batch, steps, ...], with at least one step: `jax.lax.scan` takes none as well, but an output's shape is known by a step alone. */
  readonly inputs: Tensor;
  /** int32 [batch]; less than 0 counts as 0, more than the number of steps as all of them. Default: all steps. */
  readonly lengths?: Tensor | undefined;
  /** int32 [2]. The step of number `i`, from 0 on, is given `foldIn(key, i)`. */
  readonly key?: Tensor | undefined;
}

export interface ScanResult<C extends Carry> {
  /** What the last step hands on. */
  readonly carry: C;
  /** [batch, steps, ...] */
  readonly outputs: Tensor;
}

/**
 * Applies a step along the second dimension, as `jax.lax.scan` does along the first. Where a sequence has ended, what is handed on
 * stays as it is, and the outputs are 0. In an entry on TensorFlow, with the addon that is built here, it is a loop in the graph: `step`
 * is called once for all steps, so that all of them are the same operations, and there is no gradient of a gradient. Elsewhere it is
 * called for each.
 * @param step - a function of tensors; what it uses from outside, such as weights, has gradients as well
 * @throws RangeError if the inputs have no steps, or what is given, or what a step gives, is not of the form above
 */
export function scan<C extends Carry>(
  step: (carry: C, input: Tensor, key: Tensor) => ScanStep<C>,
  options: ScanOptions<C> & {readonly key: Tensor},
): ScanResult<C>;
export function scan<C extends Carry>(
  step: (carry: C, input: Tensor) => ScanStep<C>,
  options: ScanOptions<C>,
): ScanResult<C>;
export function scan<C extends Carry>(
  step: (carry: C, input: Tensor, key: Tensor) => ScanStep<C>,
  {carry, inputs, lengths, key}: ScanOptions<C>,
): ScanResult<C> {
  const names = Object.keys(carry);
  const named = (tensors: readonly Tensor[]): C => Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as C;
  const batch = requireSteps(inputs);
  for (const name of names) requireRows(`carry '${name}'`, carry[name], batch);
  if (lengths !== undefined) requireIntegers('lengths', lengths, batch);
  if (key !== undefined) requireIntegers('key', key, 2);
  const recorded: ScanToRecord = {
    carry: Object.values(carry),
    inputs,
    key,
    step(given) {
      const {carry: next, output} = requireStep(step(named(given.carry), given.input, given.key as Tensor), names);
      requireRows("a step's output", output, batch);
      const result = {carry: names.map((name, i) => requireSameForm(name, given.carry[i]!, next[name])), output};
      return lengths ? maskedBy(tf.greater(lengths, given.number), given, result) : result;
    },
  };
  const result = scanAsLoopHere(recorded) ?? stepByStep(recorded);
  return {carry: named(result.carry), outputs: result.outputs};
}

type Results = ReturnType<ScanToRecord['step']>;
type ScannedTensors = NonNullable<ReturnType<typeof scanAsLoop>>;

function scanAsLoopHere(scan: ScanToRecord): ScannedTensors | undefined {
  return tf.getBackend() === 'tensorflow' ? scanAsLoop(scan) : undefined;
}

function stepByStep({carry, inputs, key, step}: ScanToRecord): ScannedTensors {
  const outputs: Tensor[] = [];
  let current = carry;
  for (const [i, input] of stepsOf(inputs).entries()) {
    const result = section(() => {
      return step({carry: current, input, number: tf.scalar(i, 'int32'), key: key && foldIn(key, i)});
    });
    current = result.carry;
    outputs.push(result.output);
  }
  return {carry: current, outputs: tf.stack(outputs, 1)};
}

/** tfjs has no gradient of what is unstacked into one. */
function stepsOf(inputs: Tensor): Tensor[] {
  return inputs.shape[1] === 1 ? [tf.squeeze(inputs, [1])] : tf.unstack(inputs, 1);
}

/** @returns the batch's size */
function requireSteps(inputs: Tensor): number {
  if (!(inputs instanceof tf.Tensor))
    throw new RangeError(`scan: inputs must be a tensor; found ${describeValue(inputs)}`);
  const [batch, steps] = inputs.shape;
  if (batch !== undefined && steps !== undefined && steps > 0) return batch;
  throw new RangeError(`scan: inputs must be [batch, steps, ...] with at least one step; they are ${formOf(inputs)}`);
}

function requireRows(what: string, value: Tensor | undefined, batch: number): void {
  if (!(value instanceof tf.Tensor))
    throw new RangeError(`scan: ${what} must be a tensor; found ${describeValue(value)}`);
  if (value.shape[0] !== batch)
    throw new RangeError(`scan: ${what} must be [batch, ...] with the inputs' batch, ${batch}; it is ${formOf(value)}`);
}

function requireIntegers(what: string, value: Tensor, count: number): void {
  const found = value instanceof tf.Tensor ? formOf(value as Tensor) : describeValue(value);
  if (found !== formOf({dtype: 'int32', shape: [count]}))
    throw new RangeError(`scan: ${what} must be an int32 tensor [${count}]; found ${found}`);
}

function requireStep<C extends Carry>(given: ScanStep<C>, names: readonly string[]): ScanStep<C> {
  for (const part of ['carry', 'output'] as const) {
    const value: unknown = (given as Partial<ScanStep<C>> | undefined)?.[part];
    if (typeof value !== 'object' || value === null)
      throw new RangeError(`scan: a step must return {carry, output}; it gives ${part} as ${describeValue(value)}`);
  }
  const further = Object.keys(given.carry).find((name) => !names.includes(name));
  if (further !== undefined) throw new RangeError(`scan: a step hands on '${further}', which it is not given`);
  return given;
}

function requireSameForm(name: string, before: Tensor, after: Tensor | undefined): Tensor {
  if (after && formOf(after) === formOf(before)) return after;
  const given = after ? `as ${formOf(after)}` : 'not at all';
  throw new RangeError(`scan: a step hands on '${name}' ${given}; it is given it as ${formOf(before)}`);
}

/** @param isWithin - bool [batch]: whether a sequence has not ended */
function maskedBy(isWithin: Tensor, {carry}: ScanStepTensors, result: Results): Results {
  return {
    carry: result.carry.map((tensor, i) => whereRows(isWithin, tensor, carry[i]!)),
    output: whereRows(isWithin, result.output, tf.zerosLike(result.output)),
  };
}

/** The rows of `a` where a condition, bool [batch], holds, else those of `b`. */
function whereRows(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shaped = tf.reshape(condition, [condition.size, ...a.shape.slice(1).map(() => 1)]);
  return tf.where(tf.broadcastTo(shaped, a.shape), a, b);
}
