import {UserError} from '../support/index.js';
import type {ConfigPath} from './locate.js';
import {parseYaml} from './parse-yaml.js';

/** A key's value that is given outside the config file: one `--set key=value`, or a name of a search space. */
export interface Override {
  /** As written: `schedule.alter_decays[1]`. */
  readonly key: string;
  /** Its source, for messages: `--set schedule.alter_decays[1]`. */
  readonly givenBy: string;
  readonly path: ConfigPath;
  /** The value, read as YAML; undefined (null was given) takes the key out, back to its default. */
  readonly value: unknown;
}

/** @throws UserError listing each that is not `key=value`, or whose value is not YAML */
export function parseOverrides(texts: readonly string[]): Override[] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    const key = text.slice(0, at).trim();
    const path = at > 0 ? parsePath(key) : undefined;
    if (!path) throw new UserError(`--set ${text}: ${howToWrite(key)}`);
    if (text.slice(at + 1).trim() === '')
      throw new UserError(`--set ${text}: there is no value; null takes the key out, back to its default`);
    const {problems, value} = parseYaml(text.slice(at + 1));
    const [problem] = problems;
    if (problem)
      throw new UserError(`--set ${key}: ${problem.isLimit ? '' : 'the value is not valid YAML: '}${problem.message}`);
    return {key, givenBy: `--set ${key}`, path, value};
  });
}

function howToWrite(key: string): string {
  const indexed = key.replace(/\.(\d+)(?=[.[]|$)/g, '[$1]');
  if (indexed !== key && parsePath(indexed)) return `an entry of a list is written in brackets: ${indexed}`;
  return "must be key=value, such as hyperparameters.learning_rate=1e-3 or 'schedule.alter_decays=[0,.002]'";
}

/** The parts of a key, `schedule.alter_decays[1]`; undefined if malformed. */
export function parsePath(key: string): ConfigPath | undefined {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[\d+\])*$/.test(key)) return undefined;
  // Names with a meaning in JavaScript would reach beyond the data.
  if (/(^|\.)(__proto__|prototype|constructor)($|[.[])/.test(key)) return undefined;
  return [...key.matchAll(/[A-Za-z_]\w*|\d+(?=\])/g)].map(([part]) => (/^\d/.test(part) ? Number(part) : part));
}

/**
 * The data with the overrides' values in their places; what leads to a new key is made. What no override reaches into is not copied: a
 * change does not reach other uses of an alias either.
 */
export function applyOverrides(data: object, overrides: readonly Override[]): object {
  const changed = copied(data);
  for (const {givenBy, path, value} of overrides) {
    let at = changed;
    for (const part of path.slice(0, -1)) {
      const below = at[part] ?? {};
      if (typeof below !== 'object') throw new UserError(`${givenBy}: '${part}' is a value, it has no keys of its own`);
      at[part] = copied(below);
      at = at[part] as Branch;
    }
    const last = path.at(-1)!;
    if (Array.isArray(at) && !(typeof last === 'number' && last < at.length)) {
      throw new UserError(`${givenBy}: the list has ${at.length} entries, counted from [0]`);
    }
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return changed;
}

type Branch = {[part: string | number]: unknown};

function copied(value: object): Branch {
  return (Array.isArray(value) ? [...value] : {...value}) as Branch;
}

/** The override that a path's value comes from, or undefined. */
export function overrideOf(overrides: readonly Override[], path: ConfigPath): Override | undefined {
  return overrides.findLast((override) => isWithin(path, override.path));
}

/** The override that has made a key on the way to its own, or undefined. */
export function overrideBelow(overrides: readonly Override[], path: ConfigPath): Override | undefined {
  return overrides.findLast((override) => isWithin(override.path, path));
}

/** Whether a path is another one or leads further from there. */
export function isWithin(path: ConfigPath, outer: ConfigPath): boolean {
  return outer.every((part, i) => path[i] === part);
}
