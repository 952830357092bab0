import {stringify} from 'yaml';
import type {ConfigProblem, Submission, SubmissionConfig, Workload} from '../contract/index.js';
import {formatPlace, UserError, withCamelKeys} from '../support/index.js';
import {pathText} from './locate.js';
import {mistakesText} from './mistakes-text.js';
import {isWithin, type Override, overrideBelow, overrideOf} from './overrides.js';
import {type Problem, problemsOfIssues, validPart} from './problems.js';
import type {ConfigSource} from './read.js';
import {type RunConfig, schemaFor} from './schema.js';
import {twinKeys} from './twin-keys.js';

/** A config that passed every check. */
export interface LoadedConfig {
  /** Common keys and the submission's own, in camelCase, defaults filled in. */
  readonly config: RunConfig & SubmissionConfig;
  /** The same as YAML in the file's spelling: every key with its value. Loads to the same config again. */
  readonly resolved: string;
  /** The submission's hyperparameters in the file's spelling. */
  readonly hyperparameters: unknown;
  /** The error for mistakes found later, with their places in the file. */
  mistake(...problems: readonly ConfigProblem[]): UserError;
}

/**
 * Checks a config against the submission's schema, and against the workload where one is given.
 * @throws UserError with all mistakes, one per line, each with file, line, column and key
 */
export function checkConfig(source: ConfigSource, submission: Submission, workload?: Workload): LoadedConfig {
  const schema = schemaFor(submission);
  const result = schema.safeParse(source.data);
  if (!result.success) {
    const problems = problemsOfIssues(result.error.issues, schema, source.data);
    const valid = validPart(schema, source.data) as object;
    throw mistakes(source, [...problems, ...furtherProblems(problems, {valid, submission, workload})]);
  }
  const twins = twinKeys(result.data);
  if (twins.length > 0) throw mistakes(source, twins);
  // The submission sees the same values that the run uses.
  const config = withCamelKeys(result.data) as RunConfig & SubmissionConfig;
  const problems: readonly ConfigProblem[] = workload ? (submission.checkConfig?.(config, workload) ?? []) : [];
  if (problems.length > 0) throw mistakes(source, problems);
  let text: string | undefined;
  return {
    config,
    // Made when it is first asked for: of thousands of configs that are checked, few are written at once.
    get resolved() {
      text ??= `# The whole configuration of this run, defaults filled in; it can be run again.\n${stringify(result.data)}`;
      return text;
    },
    hyperparameters: (result.data as {hyperparameters?: unknown}).hyperparameters ?? {},
    mistake: (...problems) => mistakes(source, problems),
  };
}

interface Checked {
  /** The part of the config that passed the schema. */
  readonly valid: object;
  readonly submission: Submission;
  readonly workload: Workload | undefined;
}

/** What else is wrong in the part of a config that passed the schema, without what the schema already reported. */
function furtherProblems(found: readonly Problem[], {valid, submission, workload}: Checked): Problem[] {
  const twins = twinKeys(valid);
  // Of twins the submission would see one.
  if (twins.length > 0 || !workload || !submission.checkConfig) return twins;
  try {
    const problems = submission.checkConfig(withCamelKeys(valid), workload);
    return problems.filter(
      ({path}) => !found.some((reported) => isWithin(path, reported.path) || isWithin(reported.path, path)),
    );
  } catch {
    // It failed on missing keys: it is called again once the rest is right.
    return [];
  }
}

function mistakes(source: ConfigSource, problems: readonly Problem[]): UserError {
  const placed = problems.map((problem) => ({
    problem,
    ...source.locator.placeOf(problem.path, problem.ofKey ?? false),
  }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  const texts = placed.map(({problem, line, column}) => {
    const override = overrideOf(source.overrides, problem.path) ?? makerOf(source, problem);
    const where = override ? override.givenBy : formatPlace({file: source.file, line, column});
    const key = pathText(problem.path) === override?.key ? undefined : pathText(problem.path);
    return [where, key, problem.message].filter(Boolean).join(': ');
  });
  return new UserError(mistakesText(texts));
}

/** The override that introduced the key. */
function makerOf({locator, overrides}: ConfigSource, {path}: Problem): Override | undefined {
  return locator.has(path) ? undefined : overrideBelow(overrides, path);
}
