import type {Json} from '../contract/index.js';
import {type Condition, isTrue, whereMistake} from '../runs/index.js';
import {closestName, type UserError} from '../support/index.js';

/** A condition on runs, as the sweep file states it. */
export interface Filter {
  readonly text: string;
  /** Where it is stated, for messages. */
  readonly givenBy: string;
  readonly condition: Condition;
}

/** What can be asked of one run by name. */
export interface Settings {
  /** Undefined: there is no such key. */
  get(key: string): Json | undefined;
  /** All keys, for near misses. */
  keys(): readonly string[];
}

/** Asks for the number of entries of a list: `schedule.alter_decays.length`. */
const LENGTH = '.length';

/**
 * Whether a condition holds for a run's settings. A value that is the name of a key stands for that key's value, so that two can be
 * compared; `<key>.length` is the length of a list.
 * @throws UserError saying where in the filter a mistake is, with near misses for a key that there is not
 */
export function holds(filter: Filter, settings: Settings, condition: Condition = filter.condition): boolean {
  switch (condition.kind) {
    case 'not':
      return !holds(filter, settings, condition.part);
    case 'and':
      return condition.parts.every((part) => holds(filter, settings, part));
    case 'or':
      return condition.parts.some((part) => holds(filter, settings, part));
    case 'compare':
      return isTrue(leftOf(filter, settings, condition), condition.by, rightOf(filter, settings, condition));
  }
}

type Compared = Extract<Condition, {kind: 'compare'}>;

function leftOf(filter: Filter, settings: Settings, {key, at}: Compared): Json {
  const value = found(key, settings);
  if (value === undefined) throw unknown(filter, settings, key, at);
  return value;
}

function rightOf(filter: Filter, settings: Settings, {value, at}: Compared): Json {
  if (typeof value !== 'string') return value;
  const other = found(value, settings);
  // A text may be any, but nothing else is written like this.
  if (other === undefined && value.endsWith(LENGTH)) throw unknown(filter, settings, value, at);
  return other ?? value;
}

function unknown({text, givenBy}: Filter, settings: Settings, key: string, at: number): UserError {
  const known = settings.keys();
  const close = closestName(key.replace(LENGTH, ''), known);
  const hint = close === undefined ? `there are: ${known.join(', ')}` : `did you mean \`${close}\`?`;
  return whereMistake(text, at, `there is no key '${key}'; ${hint}`, givenBy);
}

function found(key: string, settings: Settings): Json | undefined {
  const own = settings.get(key);
  if (own !== undefined || !key.endsWith(LENGTH)) return own;
  const list = settings.get(key.slice(0, -LENGTH.length));
  if (list === undefined) return undefined;
  return Array.isArray(list) ? list.length : null;
}
