import {existsSync} from 'node:fs';
import {register} from 'node:module';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Json, Submission, UpdateResult} from '../contract/index.js';
import {DivergedError, UserError} from '../errors.js';
import {near} from '../near.js';
import {keepingSourceMaps, sourceStack} from '../stack.js';

const builtIn: {readonly [name: string]: () => Promise<Submission>} = {
  cyclic: async () => (await import('./cyclic/index.js')).cyclic as unknown as Submission,
};

export const submissionNames = Object.keys(builtIn);

const REQUIRED = ['getBatchSize', 'initOptimizerState', 'updateParams', 'dataSelection'] as const;
const OPTIONAL = ['prepareForEval', 'checkConfig'] as const;

/**
 * A built-in submission by its name, or a user's by the path of its .ts or .js file.
 * @throws UserError if there is none, it can't be loaded, or a function is missing
 */
export async function loadSubmission(nameOrPath: string): Promise<Submission> {
  if (Object.hasOwn(builtIn, nameOrPath)) return builtIn[nameOrPath]!();
  if (!/\.[cm]?[jt]s$/.test(nameOrPath)) throw new UserError(unknownName(nameOrPath));
  const path = resolve(nameOrPath);
  if (!existsSync(path)) throw new UserError(`--submission: there is no file '${nameOrPath}'`);
  return guarded(checked(await importUserModule(path, nameOrPath), nameOrPath), nameOrPath);
}

function unknownName(name: string): string {
  const close = near(name, submissionNames);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `--submission: there is no submission '${name}'.${hint} Built in: ${submissionNames.join(', ')}; or give the path of a .ts or .js file.`;
}

async function importUserModule(path: string, shown: string): Promise<{readonly [name: string]: unknown}> {
  // The user's file says `import ... from 'algoperf-ts'`, wherever it lies: that is this very installation.
  register('./user-module-hooks.js', import.meta.url, {data: {entry: new URL('../index.js', import.meta.url).href}});
  try {
    return await keepingSourceMaps(() => import(pathToFileURL(path).href));
  } catch (cause) {
    throw new UserError(`--submission: ${shown} can't be loaded: ${reasonOf(cause)}`, {cause});
  }
}

/** esbuild's messages begin with the place; of an error that the module throws itself, its stack tells it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${error}`;
  const isPlain =
    /Transform failed/.test(error.message) || (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
  return isPlain ? error.message : sourceStack(error);
}

function checked(module: {readonly [name: string]: unknown}, shown: string): Submission {
  const exported = Object.keys(module);
  const problems = REQUIRED.flatMap((name) =>
    typeof module[name] === 'function' ? [] : [missing(name, module, exported)],
  );
  for (const name of OPTIONAL) {
    if (module[name] !== undefined && typeof module[name] !== 'function')
      problems.push(missing(name, module, exported));
  }
  if (problems.length > 0)
    throw new UserError(problems.map((problem) => `--submission: ${shown}: ${problem}`).join('\n'));
  return module as unknown as Submission;
}

/** The submission with functions that say whose they are when they throw: such an error is its author's to mend. */
function guarded(submission: Submission, shown: string): Submission {
  const own = <F>(name: string, work: F): F =>
    guard(work as AnyFunction, `--submission: ${shown}: ${name} failed`) as F;
  const functions = Object.fromEntries(
    Object.entries(submission).map(([name, value]) => [name, typeof value === 'function' ? own(name, value) : value]),
  ) as Submission;
  return {
    ...functions,
    async initOptimizerState(context) {
      const state = await functions.initOptimizerState(context);
      if (typeof state?.save !== 'function' || Object.isFrozen(state)) return state;
      const save = state.save.bind(state);
      return Object.assign(state, {save: own('save', () => requireJson(save()))});
    },
    updateParams(context) {
      const told = (result: UpdateResult | undefined) => {
        requireUpdateResult(result, shown);
        return result?.loss ? {...result, loss: own('loss', result.loss)} : result;
      };
      const result = functions.updateParams(context);
      return result instanceof Promise ? result.then(told) : told(result);
    },
  };
}

/** A user's module may be JavaScript that no compiler has checked. @throws UserError naming what is of another type */
function requireUpdateResult(result: UpdateResult | undefined, shown: string): void {
  const wrong = (name: string, allowed: string, found: unknown) =>
    new UserError(
      `--submission: ${shown}: what updateParams returns as ${name} must be ${allowed}, found ${typeof found}`,
    );
  const {rate, loss} = result ?? {};
  if (rate !== undefined && typeof rate !== 'number') throw wrong('rate', 'a number', rate);
  if (loss !== undefined && typeof loss !== 'function') throw wrong('loss', 'a function that gives a number', loss);
}

/** @throws TypeError as `JSON.stringify` words it, for what no checkpoint can hold */
function requireJson(value: Json): Json {
  JSON.stringify(value);
  return value;
}

type AnyFunction = (...words: unknown[]) => unknown;

function guard(inner: AnyFunction, what: string): AnyFunction {
  const fail = (cause: unknown): never => {
    if (cause instanceof UserError || cause instanceof DivergedError) throw cause;
    throw new UserError(`${what}: ${cause instanceof Error ? sourceStack(cause) : cause}`, {cause});
  };
  return (...words) => {
    try {
      const result = inner(...words);
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (cause) {
      return fail(cause);
    }
  };
}

function missing(name: string, module: {readonly [name: string]: unknown}, exported: readonly string[]): string {
  if (module[name] !== undefined) return `its export '${name}' must be a function, found ${typeof module[name]}`;
  const close = near(name, exported);
  return `must export a function '${name}'${close ? `; it exports '${close}'` : ''}`;
}
