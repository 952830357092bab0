import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import type {Submission} from '../contract/index.js';
import {closestName, describeValue, importUserModule, isModulePath, UserError} from '../support/index.js';
import {guarded} from './guard.js';
import {isSubmissionName, loadBuiltIn, submissionNames} from './registry.js';

export {initialTensors, requireOptimizerState} from './checks.js';
export {emptyStopMetric, observeLoss, type StopMetric} from './cyclic/stopping.js';
export {checkedDrawing} from './drawing.js';
export * from './gradient-step.js';
export {lazyModel} from './lazy-model.js';
export type {About, NamedSubmission} from './named/index.js';
export {checkedRecorder, type ReservedNames} from './recorded.js';
export * from './registry.js';
export {loadSealed, sealProcess} from './seal.js';

const REQUIRED = ['getBatchSize', 'initOptimizerState', 'updateParams', 'dataSelection'] as const;
const OPTIONAL = ['prepareForEval', 'checkConfig', 'userModules', 'checkModules'] as const;

/** Options for loading a submission. */
export interface LoadOptions {
  /** Loads a user's module again, with its own variables, as a new process would; default false. */
  readonly isFresh?: boolean;
  /** Wraps the user's functions before their arguments and results are checked; default: no wrapper. */
  readonly watched?: (submission: Submission) => Submission;
}

/**
 * A built-in submission by its name, or a user's by the path of its .ts or .js file.
 * @param givenBy - what names it, for messages: an option, or a place in a config
 * @throws UserError if there is none, it can't be loaded, or a function is missing
 */
export async function loadSubmission(
  nameOrPath: string,
  givenBy = '--submission',
  {isFresh = false, watched = (submission) => submission}: LoadOptions = {},
): Promise<Submission> {
  if (isSubmissionName(nameOrPath)) return watched(await loadBuiltIn(nameOrPath));
  if (!isModulePath(nameOrPath)) throw new UserError(`${givenBy}: ${unknownName(nameOrPath)}`);
  const path = resolve(nameOrPath);
  if (!existsSync(path)) throw new UserError(`${givenBy}: there is no file '${nameOrPath}'`);
  const module = await importUserModule(path, nameOrPath, isFresh);
  return guarded(watched(checked(module, nameOrPath)), nameOrPath);
}

function unknownName(name: string): string {
  const close = closestName(name, submissionNames);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `there is no submission '${name}'.${hint} Built in: ${submissionNames.join(', ')}; or give the path of a .ts or .js file.`;
}

function checked(module: {readonly [name: string]: unknown}, writtenPath: string): Submission {
  const exported = Object.keys(module);
  const problems = REQUIRED.flatMap((name) =>
    typeof module[name] === 'function' ? [] : [missing(name, module, exported)],
  );
  for (const name of OPTIONAL) {
    if (module[name] !== undefined && typeof module[name] !== 'function')
      problems.push(missing(name, module, exported));
  }
  if (problems.length > 0) throw new UserError(problems.map((problem) => `${writtenPath}: ${problem}`).join('\n'));
  return module as unknown as Submission;
}

function missing(name: string, module: {readonly [name: string]: unknown}, exported: readonly string[]): string {
  if (module[name] !== undefined)
    return `its export '${name}' must be a function, found ${describeValue(module[name])}`;
  const close = closestName(
    name,
    exported.filter((each) => each !== name),
  );
  if (!close && exported.includes('default'))
    return `must export a function '${name}' by its name; what its default export holds is not read`;
  if (exported.includes(name)) return `its export '${name}' must be a function, found undefined`;
  return `must export a function '${name}'${close ? `; it exports '${close}'` : ''}`;
}
