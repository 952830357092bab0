import {expandHome, formatPlace, UserError} from '../support/index.js';
import type {ConfigPath, Locator} from './locate.js';
import {pathText} from './locate.js';
import {mistakesText} from './mistakes-text.js';
import {applyOverrides, type Override, overrideOf, parseOverrides} from './overrides.js';
import {type ParsedYaml, parseYaml} from './parse-yaml.js';
import {nameOf, readText} from './read-text.js';
import {defaultConfigOf, findConfig} from './sample.js';
import {stemOf} from './stem.js';

/** A config file as it was written, with what `--set` changed. */
export interface ConfigSource {
  /** Its name in messages: its path, or `<stdin>`. */
  readonly file: string;
  /** What an unnamed run is named after: the file's name without folder and ending, or the submission's. */
  readonly stem: string;
  /** The name or path of the submission: the command line's, else the file's, else `cyclic`. */
  readonly submission: string;
  /** Its source, for messages: an option, or a place in the file. */
  readonly submissionGivenBy: string;
  readonly data: unknown;
  readonly locator: Locator;
  readonly overrides: readonly Override[];
}

/** Keys at the top of a file that begin so are the user's own, for anchors: a config is read as if they were not there. */
const OWN_KEYS = 'x-';

/** Flags beside the config file. */
export interface ReadOptions {
  /** What the file holds, where it was read before. */
  readonly text?: string | undefined;
  /** The workload of the sample, if the file is a sample's name. */
  readonly workload?: string | undefined;
  /** Goes before the file's. */
  readonly submission?: string | undefined;
  /** Each `key=value`. */
  readonly set?: readonly string[];
}

/** The config's name in messages if neither the user nor the submission gives one. */
const NO_FILE = '(no --config)';

/**
 * Reads a config file and applies `--set` to it.
 * @param config - a path, `-` for standard input, or the name of a sample; undefined: what the submission brings along, or, of a
 * user's submission, nothing but what `--set` says
 * @throws UserError listing every syntax error by line and column
 */
export function readConfig(config: string | undefined, options: ReadOptions = {}): ConfigSource {
  const {workload, submission, set = [], text} = options;
  const changes = parseOverrides(set);
  const named = submission ?? overrideOf(changes, ['submission'])?.value ?? DEFAULT_SUBMISSION;
  const {file, stem, value, locator} =
    config === undefined ? defaultYaml(String(named)) : givenYaml(config, workload, text);
  const data = applyOverrides(requireMapping(value, file), changes);
  if (submission !== undefined) (data as {submission: string}).submission = submission;
  const chosen = (data as {submission?: unknown}).submission ?? DEFAULT_SUBMISSION;
  const source = {file, stem, data, locator, overrides: changes};
  const submissionGivenBy = submission === undefined ? givenBy(source, ['submission']) : '--submission';
  return {...source, submission: expandHome(String(chosen), submissionGivenBy), submissionGivenBy};
}

/** The submission where neither command line nor config name one. */
const DEFAULT_SUBMISSION = 'cyclic';

function givenYaml(
  config: string,
  workload: string | undefined,
  text: string | undefined,
): YamlFile & {readonly stem: string} {
  const path = text === undefined ? findConfig(config, workload) : config;
  return {...readYaml(path, text), stem: stemOf(path)};
}

/** What the submission brings along; of a user's own, an empty config. */
function defaultYaml(submission: string): YamlFile & {readonly stem: string} {
  const path = defaultConfigOf(submission);
  if (path !== undefined) return {...readYaml(path), stem: stemOf(path)};
  const {value, locator} = parseYaml('{}');
  return {file: NO_FILE, value, locator, stem: stemOf(submission.replace(/\.[cm]?[jt]s$/, ''))};
}

/** A YAML file's data, and where each part of it stands. */
export interface YamlFile extends Pick<ParsedYaml, 'value' | 'locator'> {
  /** Its name in messages. */
  readonly file: string;
}

/**
 * Reads a file of YAML, or of JSON, which is YAML as well.
 * @param path - `-`: standard input
 * @param text - what it holds, where it was read before
 * @throws UserError if it can't be read, or telling every syntax error by line and column
 */
export function readYaml(path: string, text = readText(path)): YamlFile {
  const file = nameOf(path);
  const yaml = parseYaml(text);
  if (yaml.problems.length === 0) return {file, value: yaml.value, locator: yaml.locator};
  throw new UserError(
    mistakesText(
      yaml.problems.map(
        ({line, column, message, isLimit}) =>
          `${formatPlace({file, line, column})}: ${isLimit ? '' : 'not valid YAML: '}${message}`,
      ),
    ),
  );
}

/** A config with further changes; they go before its own. @throws UserError where one can't be made */
export function withChanges(source: ConfigSource, changes: readonly Override[]): ConfigSource {
  const data = applyOverrides(source.data as object, changes);
  return {...source, data, overrides: [...source.overrides, ...changes]};
}

/** A copy without the `x-` keys. */
function requireMapping(value: unknown, file: string): object {
  if (value === undefined)
    throw new UserError(`${file}: is empty; to see the keys of a config: algoperf-ts config keys`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UserError(`${formatPlace({file, line: 1, column: 1})}: must be a mapping of keys to values`);
  return withoutOwnKeys(value);
}

/** A mapping without the keys at its top that are the user's own, for anchors. */
export function withoutOwnKeys(mapping: object): object {
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => !key.startsWith(OWN_KEYS)));
}

type Written = Pick<ConfigSource, 'file' | 'locator' | 'overrides'>;

/** The option or the place in the file that a key's value comes from. */
function givenBy({file, locator, overrides}: Written, path: ConfigPath): string {
  const override = overrideOf(overrides, path);
  if (override) return override.givenBy;
  return `${formatPlace({file, ...locator.placeOf(path, false)})}: ${pathText(path)}`;
}
