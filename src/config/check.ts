import {stringify} from 'yaml';
import type {ConfigProblem, Submission, SubmissionConfig, Workload} from '../contract/index.js';
import {formatPlace, UserError} from '../support/index.js';
import {withCamelKeys} from './case.js';
import {pathText} from './locate.js';
import {type Override, overrideBelow, overrideOf} from './overrides.js';
import {type Problem, problemsOfIssues} from './problems.js';
import type {ConfigSource} from './read.js';
import {type RunConfig, schemaFor} from './schema.js';
import {told} from './told.js';

/** A config that passed every check. */
export interface LoadedConfig {
  /** Common keys and the submission's own, in camelCase, defaults filled in. */
  readonly config: RunConfig & SubmissionConfig;
  /** The same as YAML in the file's spelling: every key with its value. Loads to the same config again. */
  readonly resolved: string;
  /** The submission's hyperparameters in the file's spelling. */
  readonly hyperparameters: unknown;
  /** The error of a mistake that only shows later, with its place in the file. */
  mistake(problem: ConfigProblem): UserError;
}

/**
 * Checks a config against the submission's schema, and against the workload where one is given.
 * @throws UserError with all mistakes, one a line, each with file, line, column and key
 */
export function checkConfig(source: ConfigSource, submission: Submission, workload?: Workload): LoadedConfig {
  const schema = schemaFor(submission);
  const result = schema.safeParse(source.data);
  if (!result.success) throw mistakes(source, problemsOfIssues(result.error.issues, schema, source.data));
  const config = withCamelKeys(result.data) as RunConfig & SubmissionConfig;
  const problems: readonly ConfigProblem[] = workload ? (submission.checkConfig?.(config, workload) ?? []) : [];
  if (problems.length > 0) throw mistakes(source, problems);
  return {
    config,
    resolved: `# The whole configuration of this run, defaults filled in; it can be run again.\n${stringify(result.data)}`,
    hyperparameters: (result.data as {hyperparameters?: unknown}).hyperparameters ?? {},
    mistake: (problem) => mistakes(source, [problem]),
  };
}

function mistakes(source: ConfigSource, problems: readonly Problem[]): UserError {
  const placed = problems.map((problem) => ({
    problem,
    ...source.locator.placeOf(problem.path, problem.ofKey ?? false),
  }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const texts = placed.map(({problem, line, column}) => {
    const override = overrideOf(source.overrides, problem.path) ?? makerOf(source, problem);
    const where = override ? `--set ${override.key}` : formatPlace({file: source.file, line, column});
    const key = pathText(problem.path) === override?.key ? undefined : pathText(problem.path);
    return [where, key, problem.message].filter(Boolean).join(': ');
  });
  return new UserError(told(texts));
}

/** The override but for which there would be no such key. */
function makerOf({locator, overrides}: ConfigSource, {path}: Problem): Override | undefined {
  return locator.has(path) ? undefined : overrideBelow(overrides, path);
}
