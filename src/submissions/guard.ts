import {realpathSync} from 'node:fs';
import type {
  InitContext,
  OptimizerState,
  StepContext,
  Submission,
  UpdateContext,
  UpdateResult,
} from '../contract/index.js';
import {checking, guard, type UserFunction} from '../support/index.js';
import {
  requireBatch,
  requireEvalParams,
  requireInitialTensors,
  requireJson,
  requireLoss,
  requireModulePaths,
  requireNote,
  requireOptimizerState,
  requireProblemsOf,
  requireUpdateResult,
} from './checks.js';
import {createHanded} from './handed.js';

type SelectionContext = Parameters<Submission['dataSelection']>[0];

/** Those that may return a promise. */
const MAY_RETURN_PROMISE = new Set([
  'checkModules',
  'initOptimizerState',
  'dataSelection',
  'updateParams',
  'prepareForEval',
]);

/**
 * A user's submission whose functions get read-only arguments, have their results checked, and are named when they throw: the
 * author of the module has to fix such an error.
 * @param file - as the user wrote it
 */
export function guarded(submission: Submission, file: string): Submission {
  const path = realpathSync(file);
  const of = (name: string): UserFunction => ({file, path, name, mayReturnPromise: MAY_RETURN_PROMISE.has(name)});
  const loss = of('loss');
  const handed = createHanded();
  const {getBatchSize, initOptimizerState, updateParams, dataSelection, prepareForEval} = submission;
  const {checkConfig, userModules, checkModules} = submission;
  const init = (context: InitContext) => initOptimizerState(handed.init(context));
  const update = (context: UpdateContext) => withDeferred(() => updateParams(handed.step(context)));
  const select = (context: SelectionContext) => dataSelection(handed.step(context));
  const prepare = (context: StepContext) => withDeferred(() => prepareForEval!(handed.step(context)));
  return {
    ...submission,
    getBatchSize: guard(of('getBatchSize'), getBatchSize),
    initOptimizerState: guard(of('initOptimizerState'), init, (state) => {
      requireOptimizerState(state);
      return guardedState(state, of);
    }),
    updateParams: guard(of('updateParams'), update, (result) => guardedResult(requireUpdateResult(result), loss)),
    dataSelection: guard(of('dataSelection'), select, checking(requireBatch)),
    ...(prepareForEval && {prepareForEval: guard(of('prepareForEval'), prepare)}),
    ...(checkConfig && {
      checkConfig: guard(of('checkConfig'), checkConfig, requireProblemsOf('checkConfig')),
    }),
    ...(userModules && {userModules: guard(of('userModules'), userModules, requireModulePaths)}),
    ...(checkModules && {
      checkModules: guard(of('checkModules'), checkModules, requireProblemsOf('checkModules')),
    }),
  };
}

/** The user's own object, which may change its fields; a frozen one can't, and is put behind a new one. */
function guardedState(state: OptimizerState, of: (name: string) => UserFunction): OptimizerState {
  const save = guard(of('save'), state.save.bind(state), (saved) => requireJson(saved));
  const describe = state.describe && guard(of('describe'), state.describe.bind(state), checking(requireNote));
  const evalParams = state.evalParams && guard(of('evalParams'), checkedEvalParams(state.evalParams.bind(state)));
  const functions = {
    save: {value: save},
    ...(typeof state.init === 'function' && {
      init: {value: guard(of('init'), state.init.bind(state), checking(requireInitialTensors))},
    }),
    ...(describe && {describe: {value: describe}}),
    ...(evalParams && {evalParams: {value: evalParams}}),
  };
  return Object.isFrozen(state) ? Object.create(state, functions) : Object.defineProperties(state, functions);
}

function checkedEvalParams(inner: NonNullable<OptimizerState['evalParams']>): typeof inner {
  return (optimizer, params) => {
    const evaluated = inner(optimizer, params);
    requireEvalParams(evaluated, params);
    return evaluated;
  };
}

/**
 * Waits until what the call put off, such as a promise that it did not wait for, has had its turn: it belongs to the time of the
 * call, not to that of what the tool does next.
 */
async function withDeferred<T>(call: () => T | Promise<T>): Promise<T> {
  const result = await call();
  await new Promise((resolve) => setImmediate(resolve));
  return result;
}

/** The loss is checked where it is asked for: a step whose loss is not shown computes none. */
function guardedResult(result: UpdateResult | undefined, named: UserFunction): UpdateResult | undefined {
  return result?.loss ? {...result, loss: guard(named, result.loss, checkedLoss)} : result;
}

const checkedLoss = checking(requireLoss);
