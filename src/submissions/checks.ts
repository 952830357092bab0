import {
  type ConfigProblem,
  formOf,
  type HostBatch,
  isBranch,
  type Json,
  type NdArray,
  type OptimizerState,
  StructureError,
  sizeOf,
  type Tensor,
  type Tree,
  type UpdateResult,
  zipTrees,
} from '../contract/index.js';
import {describeValue, isModulePath, SubmissionError} from '../support/index.js';

/**
 * Checks of what a submission's functions return: a user's module may be unchecked JavaScript. What is used later is read once, into
 * plain data: a getter could give something else the second time.
 */

const DATA = {float32: Float32Array, int32: Int32Array, bool: Uint8Array} as const;

/** @throws SubmissionError naming what is missing or of another kind, by its path in `init` */
export function requireOptimizerState(state: unknown): asserts state is OptimizerState {
  const {init, entries, save, totalSteps, describe, evalParams} = Object(state) as Partial<OptimizerState>;
  const areFunctions =
    Object(entries) === entries && Object.values(entries!).every((entry) => typeof entry === 'function');
  if (!(init !== undefined && areFunctions && typeof save === 'function')) {
    throw new SubmissionError(
      `initOptimizerState must return {init: tree of arrays, entries: functions by name, save: function}, found ${Object(state) === state ? partsOf(state as object) : describeValue(state)}`,
    );
  }
  if (typeof init !== 'function') requireArrays(init, 'init', []);
  if (evalParams !== undefined && typeof evalParams !== 'function')
    throw new SubmissionError(
      `evalParams must be a function that gives parameters, or left out; found ${describeValue(evalParams)}`,
    );
  if (describe !== undefined && typeof describe !== 'function')
    throw new SubmissionError(
      `describe must be a function that gives a string, or left out; found ${describeValue(describe)}`,
    );
  if (totalSteps === undefined || (Number.isSafeInteger(totalSteps) && totalSteps >= 1)) return;
  throw new SubmissionError(
    `totalSteps must be an integer of at least 1, or left out; found ${describeValue(totalSteps)}`,
  );
}

/** The optimizer's tensors at the start. */
export function initialTensors({init}: Pick<OptimizerState, 'init'>): Tree<NdArray> {
  if (typeof init !== 'function') return init;
  return init();
}

/** @throws SubmissionError naming what `init` gives that is not an array, by its path */
export function requireInitialTensors(tensors: unknown): void {
  requireArrays(tensors, 'init()', []);
}

/** `{init: an object, entries: undefined}` */
function partsOf(state: object): string {
  const parts = (['init', 'entries', 'save'] as const).map((name) => {
    const value: unknown = (state as {[name: string]: unknown})[name];
    return `${name}: ${describeValue(value)}`;
  });
  return `{${parts.join(', ')}}`;
}

/** @param around - the objects that it lies in */
function requireArrays(tree: unknown, path: string, around: readonly unknown[]): void {
  if (around.includes(tree))
    throw new SubmissionError(`${path} of initOptimizerState refers back to an object that contains it`);
  if (isBranch(tree)) {
    for (const [name, child] of Object.entries(tree)) requireArrays(child, `${path}/${name}`, [...around, tree]);
    return;
  }
  const problem = problemOfArray(Object(tree) as NdArray, tree);
  if (problem === undefined) return;
  throw new SubmissionError(
    `${path} of initOptimizerState must be an array {shape, dtype, data} or a plain object of such; ${problem}`,
  );
}

function problemOfArray({shape, dtype, data}: NdArray, given: unknown): string | undefined {
  if (shape === undefined || dtype === undefined || data === undefined) return `found ${describeValue(given)}`;
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape) return 'its shape must be a list of integers of at least 0';
  if (!Object.hasOwn(DATA, dtype))
    return `its dtype must be one of ${Object.keys(DATA).join(', ')}, found ${describeValue(dtype)}`;
  if (!(data instanceof DATA[dtype])) return `its data must be a ${DATA[dtype].name}, found ${describeValue(data)}`;
  if (data.length === sizeOf(shape)) return undefined;
  return `its shape [${shape.join(', ')}] takes ${sizeOf(shape)} values, found ${data.length}`;
}

/** @throws SubmissionError if `dataSelection` gives what can't be a batch; its fields are looked at when they are used */
export function requireBatch(batch: HostBatch): void {
  const isObject = typeof batch === 'object' && batch !== null;
  const fields: unknown[] = [];
  for (const name in isObject ? batch : undefined) fields.push(batch[name]);
  const rows = fields.flatMap(rowsOf);
  if (rows.length > 0 && rows.every((count) => count === 0))
    throw new SubmissionError('dataSelection must give a batch of at least one example; found one without any');
  if (fields.length > 0) return;
  throw new SubmissionError(
    `dataSelection must give a batch: arrays by field; found ${isObject ? 'no field' : describeValue(batch)}`,
  );
}

/** How many rows a field has; none for a single number. */
function rowsOf(field: unknown): number[] {
  const {shape} = Object(field) as Partial<NdArray>;
  return Array.isArray(shape) ? shape.slice(0, 1) : [];
}

/** @returns its parts, read once @throws SubmissionError naming what is of another type */
export function requireUpdateResult(result: UpdateResult | undefined | null): UpdateResult | undefined {
  if (result === undefined || result === null) return undefined;
  // A generator's code has not been run.
  if (typeof result !== 'object' || Symbol.iterator in result || Symbol.asyncIterator in result)
    throw new SubmissionError(
      `updateParams must return nothing or {loss, learningRate, trainingComplete}, found ${describeValue(result)}`,
    );
  requireNoRate(result, 'what updateParams returns');
  const {learningRate, loss, trainingComplete} = result;
  if (learningRate !== undefined && !Number.isFinite(learningRate))
    throw wrongPart('learningRate', 'a finite number', learningRate);
  if (loss !== undefined && typeof loss !== 'function') throw wrongPart('loss', 'a function that gives a number', loss);
  if (trainingComplete !== undefined && typeof trainingComplete !== 'boolean')
    throw wrongPart('trainingComplete', 'true or false', trainingComplete);
  return {
    ...(loss && {loss: () => loss.call(result)}),
    ...(learningRate !== undefined && {learningRate}),
    ...(trainingComplete !== undefined && {trainingComplete}),
  };
}

/** @throws SubmissionError if a learning rate is given as `rate`: a name that would be ignored */
export function requireNoRate(given: object, where: string): void {
  if (Object.hasOwn(given, 'rate'))
    throw new SubmissionError(`${where}: the learning rate is named \`learningRate\`, found \`rate\``);
}

function wrongPart(name: string, allowed: string, given: unknown): SubmissionError {
  return new SubmissionError(`what updateParams returns as ${name} must be ${allowed}, found ${describeValue(given)}`);
}

/** @throws SubmissionError unless it is a number; NaN is one */
export function requireLoss(loss: unknown): void {
  if (typeof loss !== 'number')
    throw new SubmissionError(`loss must give a number at once, found ${describeValue(loss)}`);
}

/** @throws SubmissionError if what `evalParams` gives is not a tree of tensors in the parameters' structure, shapes and dtypes */
export function requireEvalParams(evaluated: Tree<Tensor>, params: Tree<Tensor>): void {
  if (Object(evaluated) !== evaluated)
    throw new SubmissionError(`evalParams must give a tree of tensors, found ${describeValue(evaluated)}`);
  try {
    zipTrees<Tensor, Tensor, void>(params, evaluated, requireLike);
  } catch (error) {
    if (!(error instanceof StructureError)) throw error;
    throw new SubmissionError(`evalParams must give a tree with the parameters' structure: ${error.message}`);
  }
}

function requireLike(param: Tensor, evaluated: Tensor, path: string): void {
  const [given, form] = [evaluated as Partial<Tensor>, formOf(param)];
  const isTensor = Array.isArray(given?.shape) && typeof given.dtype === 'string';
  const found = !isTensor ? describeValue(evaluated) : given.isDisposed ? 'a disposed tensor' : formOf(evaluated);
  if (found !== form) throw new SubmissionError(`evalParams must give '${path}' as ${form}, found ${found}`);
}

/** @throws SubmissionError unless it is a string */
export function requireNote(note: unknown): void {
  if (typeof note !== 'string') throw new SubmissionError(`describe must give a string, found ${describeValue(note)}`);
}

/** @returns the paths, read once @throws SubmissionError unless it is a list of paths of modules */
export function requireModulePaths(paths: unknown): string[] {
  const read: unknown[] | undefined = Array.isArray(paths) ? [...paths] : undefined;
  if (!read?.every((path) => typeof path === 'string' && isModulePath(path)))
    throw new SubmissionError(
      `userModules must return a list of paths of .ts or .js files, at once; found ${describeValue(paths)}`,
    );
  return read as string[];
}

/** Reads what a function returned, once, and throws a SubmissionError unless it is a list of mistakes. */
export function requireProblemsOf(name: 'checkConfig' | 'checkModules'): (problems: unknown) => ConfigProblem[] {
  return (problems) => {
    const read: Partial<ConfigProblem>[] | undefined = Array.isArray(problems) ? problems.map(problemIn) : undefined;
    if (read?.every(isProblem)) return read as ConfigProblem[];
    const atOnce = name === 'checkConfig' ? ', at once' : '';
    throw new SubmissionError(
      `${name} must return a list of {path, message}${atOnce}; found ${describeValue(problems)}`,
    );
  };
}

function problemIn(given: unknown): Partial<ConfigProblem> {
  const {path, message} = Object(given) as Partial<ConfigProblem>;
  return {path: Array.isArray(path) ? [...path] : path, message} as Partial<ConfigProblem>;
}

function isProblem({path, message}: Partial<ConfigProblem>): boolean {
  return Array.isArray(path) && path.every(isStep) && typeof message === 'string';
}

function isStep(part: unknown): boolean {
  return typeof part === 'string' || typeof part === 'number';
}

/**
 * Refuses what would not come back unchanged from a checkpoint. Keys with the value undefined are left out: they read the same.
 * @returns a copy, read once
 * @throws SubmissionError naming the part by its path
 */
export function requireJson(value: unknown, path = 'save()', around: readonly unknown[] = []): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) {
    throw new SubmissionError(
      `${path} must be plain data: null, true, false, finite numbers, strings, and lists and plain objects of them; found ${describeValue(value)}`,
    );
  }
  if (around.includes(value)) throw new SubmissionError(`${path} refers back to an object that contains it`);
  const within = [...around, value];
  // `from` makes a list's holes visible.
  if (isList) return Array.from(value, (item, i) => requireJson(item, `${path}[${i}]`, within));
  const parts = Object.entries(value).filter(([, child]) => child !== undefined);
  return Object.fromEntries(parts.map(([name, child]) => [name, requireJson(child, `${path}.${name}`, within)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
