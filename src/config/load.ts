import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {type Document, LineCounter, parseAllDocuments, stringify} from 'yaml';
import type {ConfigProblem, Submission, SubmissionConfig, Workload} from '../contract/index.js';
import {formatPlace, UserError} from '../support/index.js';
import {withCamelKeys} from './case.js';
import {type ConfigPath, pathText, placeOf} from './locate.js';
import {applyOverrides, type Override, overrideBelow, overrideOf, parseOverrides} from './overrides.js';
import {isTooDeep, plainValue, yamlMessage} from './plain-value.js';
import {type Problem, problemsOfIssues} from './problems.js';
import {type RunConfig, schemaFor} from './schema.js';

/** A config file as it was written, with what `--set` changed. */
export interface ConfigSource {
  readonly file: string;
  /** The name or path of the submission: the command line's, else the file's, else `cyclic`. */
  readonly submission: string;
  /** What says so, for messages: an option, or a place in the file. */
  readonly submissionAsked: string;
  readonly data: unknown;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly overrides: readonly Override[];
}

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
 * Reads a config file and applies `--set` to it.
 * @param overrides - each `key=value`
 * @param submission - the command line's, which goes before the file's
 * @throws UserError telling every syntax error by line and column
 */
export function readConfig(file: string, overrides: readonly string[] = [], submission?: string): ConfigSource {
  const text = readText(file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {lineCounter: lines, prettyErrors: false, uniqueKeys: true});
  const list = Array.isArray(documents) ? documents : [];
  const errors = list.flatMap(({errors}) => errors);
  if (errors.length > 0) {
    const told = errors.map((error) => {
      const {line, col} = lines.linePos(error.pos[0]);
      const isDouble = error.code === 'DUPLICATE_KEY';
      const what = isDouble ? `the key ${keyAt(text, error.pos[0])} is given twice` : yamlMessage(error);
      return `${formatPlace({file, line, column: col})}: not valid YAML: ${what}`;
    });
    // What is nested too deeply is given up there, and every level above it ends in the same words.
    throw new UserError((errors.some(isTooDeep) ? told.slice(0, 1) : [...new Set(told)]).join('\n'));
  }
  if (list.length > 1) throw new UserError(`${file}: must hold one YAML document, found ${list.length}`);
  const document = list[0];
  const content = plainValue(document, file);
  if (document === undefined || content === null || content === undefined) {
    throw new UserError(`${file}: is empty; what a config holds is printed by: algoperf-ts config schema`);
  }
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UserError(`${formatPlace({file, line: 1, column: 1})}: must be a mapping of keys to values`);
  }
  const parsed = parseOverrides(overrides);
  const data = applyOverrides(content, parsed);
  if (submission !== undefined) (data as {submission: string}).submission = submission;
  const chosen = (data as {submission?: unknown}).submission ?? 'cyclic';
  const source = {file, submission: String(chosen), data, document, lines, overrides: parsed};
  return {...source, submissionAsked: submission === undefined ? askedBy(source, ['submission']) : '--submission'};
}

function keyAt(text: string, at: number): string {
  return text
    .slice(at)
    .match(/^[^:\n]*/)![0]
    .trim();
}

function readText(file: string): string {
  if (file === '') throw new UserError('--config: must name a file, found an empty text');
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(readFileSync(file));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reasons: {[code: string]: string} = {
      ENOENT: 'there is no such file',
      EISDIR: 'is a folder, not a file',
      EACCES: 'permission denied',
      ERR_ENCODING_INVALID_ENCODED_DATA: 'is not text in UTF-8',
    };
    const reason = reasons[code ?? ''];
    if (reason === undefined) throw cause;
    throw new UserError(`${file}: ${reason}`, {cause});
  }
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

type Written = Pick<ConfigSource, 'file' | 'document' | 'lines' | 'overrides'>;

/** The option or the place in the file that a key's value comes from. */
function askedBy({file, document, lines, overrides}: Written, path: ConfigPath): string {
  const override = overrideOf(overrides, path);
  if (override) return `--set ${override.key}`;
  return `${formatPlace({file, ...placeOf(document, lines, path, false)})}: ${pathText(path)}`;
}

/** The override but for which there would be no such key. */
function makerOf({document, overrides}: Written, path: ConfigPath): Override | undefined {
  return document.hasIn(path) ? undefined : overrideBelow(overrides, path);
}

function mistakes(source: ConfigSource, problems: readonly Problem[]): UserError {
  const told = problems.map((problem) => {
    const {line, column} = placeOf(source.document, source.lines, problem.path, problem.ofKey ?? false);
    const override = overrideOf(source.overrides, problem.path) ?? makerOf(source, problem.path);
    const where = override ? `--set ${override.key}` : formatPlace({file: source.file, line, column});
    const key = pathText(problem.path) === override?.key ? undefined : pathText(problem.path);
    return {line, column, text: [where, key, problem.message].filter(Boolean).join(': ')};
  });
  told.sort((a, b) => a.line - b.line || a.column - b.column);
  return new UserError(told.map(({text}) => text).join('\n'));
}

/** The name of a config file without folder and ending: what runs are called after it. */
export function stemOf(file: string): string {
  return (
    basename(file)
      .replace(/\.ya?ml$/, '')
      .replace(/[^\w.-]+/g, '-')
      .replace(/^\.+/, '') || 'run'
  );
}
