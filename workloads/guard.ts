import {
  type Decoder,
  type DecoderEntry,
  type Evaluation,
  formOf,
  type InitialModel,
  type Loss,
  leavesOf,
  type Metric,
  type ModelResult,
  mapTree,
  type NdArray,
  StructureError,
  type Tensor,
  type Tree,
  type Workload,
  zipTrees,
} from '../src/contract/index.js';
import {arrayProblem, isComputed, requireValues} from '../src/engine/index.js';
import {checking, describeValue, guard, isByName, SubmissionError, type UserFunction} from '../src/support/index.js';
import {guardedDataset} from './guard-data.js';
import {mustGive, type Of} from './must-give.js';

/** One of each workload: that a run and its runtime are of the same is seen by its functions. */
const guarded = new WeakMap<Workload, Workload>();

/** What reads the data of a guarded workload. */
const readers = new WeakMap<Workload['loadData'], Workload['loadData']>();

/** Whether two workloads read the same data: variants of one value do. */
export function haveSameData(a: Workload, b: Workload): boolean {
  const [ofA, ofB] = [a, b].map(({loadData}) => readers.get(loadData) ?? loadData);
  return ofA === ofB;
}

/**
 * A user's workload whose functions have their results checked and are named when they throw.
 * @param place - the file as the user wrote it when it was loaded first, with the path that Node has for it
 */
export function guardedWorkload(workload: Workload, place: Pick<UserFunction, 'file' | 'path'>): Workload {
  const made = guarded.get(workload) ?? withGuards(workload, place);
  guarded.set(workload, made);
  return made;
}

function withGuards(workload: Workload, place: Pick<UserFunction, 'file' | 'path'>): Workload {
  const of: Of = (name, mayReturnPromise = false) => ({...place, name, mayReturnPromise});
  const {loadData, prepareData, initModel, modelFn, lossFn, evaluation} = workload;
  const load = guard(of('loadData', true), loadData.bind(workload), (dataset) => guardedDataset(dataset, workload, of));
  readers.set(load, readers.get(loadData) ?? loadData);
  return {
    ...workload,
    loadData: load,
    ...(prepareData && {prepareData: guard(of('prepareData', true), prepareData.bind(workload))}),
    initModel: guard(of('initModel'), initModel.bind(workload), (model) => checkedModel(model, workload, of)),
    modelFn: guard(of('modelFn'), withSameState(modelFn.bind(workload)), checking(requireModelResult)),
    lossFn: guard(of('lossFn'), lossFn.bind(workload), checking(requireLoss)),
    evaluation: guardedEvaluation(evaluation, of),
  };
}

function checkedModel(model: InitialModel, {paramTypes}: Workload, of: Of): InitialModel {
  const {params, modelState} = Object(model) as Partial<InitialModel>;
  if (params === undefined || modelState === undefined) throw mustGive('initModel', '{params, modelState}', model);
  try {
    zipTrees<string, NdArray, void>(paramTypes as Tree<string>, params, (_, array, path) => {
      requireArray(array, `params '${path}'`);
      if (array.dtype !== 'float32') throw mustGive('initModel', `float32 as params '${path}'`, array.dtype);
      if (!isComputed(array)) requireFinite(array.data, `params '${path}'`);
    });
    for (const {path, value} of leavesOf<NdArray>(modelState)) requireArray(value, `modelState '${path}'`);
    return {
      params: mapTree(params, (array: NdArray, path) => namedData(array, `params '${path}'`, of, requireFinite)),
      modelState: mapTree(modelState, (array: NdArray, path) => namedData(array, `modelState '${path}'`, of)),
    };
  } catch (error) {
    if (!(error instanceof StructureError)) throw error;
    throw new SubmissionError(`initModel's params must have the structure of paramTypes: ${error.message}`);
  }
}

function requireArray(array: NdArray, place: string): void {
  if (!(Array.isArray(array?.shape) && 'data' in array))
    throw mustGive('initModel', `an array {shape, dtype, data} as ${place}`, array);
  const problem = arrayProblem(array, `initModel's ${place}`);
  if (problem) throw new SubmissionError(problem);
}

/**
 * An array whose data, where it is computed when it is asked for, fails as initModel does.
 * @param requireGood - of such data
 */
function namedData(
  array: NdArray,
  place: string,
  of: Of,
  requireGood?: (data: NdArray['data'], place: string) => void,
): NdArray {
  if (!isComputed(array)) return array;
  const read = guard(of('initModel'), () => {
    const data = requireValues(array, `initModel's ${place}`);
    requireGood?.(data, place);
    return data;
  });
  return {
    shape: array.shape,
    dtype: array.dtype,
    get data() {
      return read();
    },
  };
}

/** Nothing is learnt from others. */
function requireFinite(data: NdArray['data'], place: string): void {
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i])) throw mustGive('initModel', `finite numbers as ${place}`, data[i]);
}

function requireModelResult(result: ModelResult): void {
  const {logits, modelState} = Object(result) as Partial<ModelResult>;
  if (logits === undefined || modelState === undefined) throw mustGive('modelFn', '{logits, modelState}', result);
}

/** The model, refused where its state is of another form than the one that it got: later calls could not use it. */
function withSameState(modelFn: Workload['modelFn']): Workload['modelFn'] {
  return (params, batch, modelState, options) => {
    const result = modelFn(params, batch, modelState, options);
    const after = (Object(result) as Partial<ModelResult>).modelState;
    if (after !== undefined) requireSameState(modelState, after);
    requireUndisposed('params', params);
    requireUndisposed('modelState', modelState);
    return result;
  };
}

function requireUndisposed(name: string, tensors: Tree<Tensor>): void {
  const disposed = leavesOf<Tensor>(tensors).find(({value}) => value.isDisposed);
  if (disposed)
    throw new SubmissionError(
      `modelFn has disposed of ${name} '${disposed.path}', which it was given; the engine frees tensors, a model none`,
    );
}

function requireSameState(before: Tree<Tensor>, after: Tree<Tensor>): void {
  try {
    zipTrees<Tensor, Tensor | undefined, void>(before, after, (old, tensor, path) => {
      const found = formOrValue(tensor);
      if (found === formOf(old)) return;
      throw new SubmissionError(`modelFn must give modelState '${path}' as it got it, ${formOf(old)}; found ${found}`);
    });
  } catch (error) {
    if (!(error instanceof StructureError)) throw error;
    throw new SubmissionError(`modelFn must give a modelState with the structure of the one it got: ${error.message}`);
  }
}

function requireLoss(loss: Loss): void {
  const {perExample, ...scalars} = Object(loss) as Partial<Loss>;
  if (perExample === undefined) throw mustGive('lossFn', '{summed, nValidExamples, perExample}', loss);
  for (const name of ['summed', 'nValidExamples'] as const) {
    const tensor = scalars[name];
    if (tensor?.size === 1 && tensor.dtype === 'float32') continue;
    throw new SubmissionError(`lossFn must give a float32 scalar as ${name}; found ${formOrValue(tensor)}`);
  }
}

function formOrValue(tensor: Tensor | undefined): string {
  return tensor?.shape ? formOf(tensor) : describeValue(tensor);
}

function guardedEvaluation(evaluation: Evaluation, of: Of): Evaluation {
  const entries = Object.entries(evaluation.entries).map(([name, entry]) => [
    name,
    guard(of(`evaluation entry '${name}'`), entry),
  ]);
  const [only] = Object.keys(evaluation.entries);
  const {decoder} = evaluation;
  // The engine's refusals of what an entry gives come out of its call.
  const runOnly: NonNullable<Evaluation['evaluateBatch']> = (run, batch) => run(only!, {batch}).arrays();
  return {
    entries: Object.fromEntries(entries),
    ...(decoder && {decoder: guardedDecoder(decoder, of)}),
    metrics: evaluation.metrics.map((metric) => guardedMetric(metric, of(`metric '${metric.name}'`))),
    evaluateBatch: guard(
      of('evaluateBatch', true),
      evaluation.evaluateBatch?.bind(evaluation) ?? runOnly,
      checking((outputs) => {
        if (!isByName(outputs)) throw mustGive('evaluateBatch', 'outputs by name', outputs);
      }),
    ),
  };
}

function guardedDecoder({emptyCache, entries}: Decoder, of: Of): Decoder {
  return {
    emptyCache: guard(of('decoder emptyCache'), emptyCache),
    entries: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [
        name,
        guard(
          of(`decoder entry '${name}'`),
          entry,
          checking((result) => requireDecoded(result, name)),
        ),
      ]),
    ),
  };
}

function requireDecoded(result: ReturnType<DecoderEntry>, name: string): void {
  const {cache, outputs} = Object(result) as Partial<ReturnType<DecoderEntry>>;
  if (cache === undefined || outputs === undefined)
    throw mustGive(`decoder entry '${name}'`, '{cache, outputs}', result);
}

function guardedMetric(metric: Metric, named: UserFunction): Metric {
  const name = `metric '${metric.name}'`;
  const isState = (of: string) =>
    checking((state) => {
      const {then, next} = Object(state);
      if (state === undefined || typeof then === 'function' || typeof next === 'function')
        throw mustGive(`${of} of ${name}`, 'its state, at once', state);
    });
  return {
    name: metric.name,
    start: guard(named, metric.start.bind(metric), isState('start')),
    add: guard(named, metric.add.bind(metric), isState('add')),
    finish: guard(
      named,
      metric.finish.bind(metric),
      checking((value) => {
        if (typeof value !== 'number') throw mustGive(name, 'a number', value);
      }),
    ),
  };
}
