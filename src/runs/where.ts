import {isDeepStrictEqual} from 'node:util';
import type {Json} from '../contract/index.js';
import {closestName, describeValue, UserError} from '../support/index.js';
import {fieldNames, fieldsOf, type RunField, type RunFields} from './run-fields.js';
import {type RunSummary, runStatuses} from './summary.js';
import {type Comparison, type Condition, parseWhere, whereMistake} from './where-text.js';

/** A run that came to its own end: the target is reached, or its budget is spent. */
const COMPLETE: readonly Json[] = ['target_reached', 'budget_spent'];

/**
 * The runs that a filter lets through, such as `learning_rate < 0.01 and status = complete`; see {@link parseWhere}. Keys are as
 * for {@link fieldsOf}. `=`, `!=` and `in` compare any two values; the others numbers with numbers, and texts with texts by
 * their characters. A run that does not have a key counts as `null`, which is neither less nor more than anything. The status
 * `complete` stands for `target_reached` and `budget_spent`.
 * @param fields - those of `runs`, where they are needed for more than this
 * @throws UserError saying where in the filter a mistake is, with near misses for a key that no run has
 */
export function runsWhere<R extends RunSummary>(runs: readonly R[], filter: string, fields = fieldsOf(runs)): R[] {
  const condition = parseWhere(filter);
  const test = testOf(condition, {runs, fields, filter});
  return runs.filter(test);
}

type Test = (run: RunSummary) => boolean;

interface Context {
  readonly runs: readonly RunSummary[];
  readonly fields: RunFields;
  readonly filter: string;
}

function testOf(condition: Condition, context: Context): Test {
  if (condition.kind === 'not') {
    const test = testOf(condition.part, context);
    return (run) => !test(run);
  }
  if (condition.kind === 'compare') return comparisonOf(condition, context);
  const tests = condition.parts.map((part) => testOf(part, context));
  return condition.kind === 'and'
    ? (run) => tests.every((test) => test(run))
    : (run) => tests.some((test) => test(run));
}

function comparisonOf({key, at, by, value}: Extract<Condition, {kind: 'compare'}>, context: Context): Test {
  const {runs, fields, filter} = context;
  const field = fields.find(key);
  if (!field) throw whereMistake(filter, at, unknownKey(key, fields));
  const problem = problemOf(field, by, value) ?? otherTypeOf(field, by, value, runs);
  if (problem) throw whereMistake(filter, at, problem);
  return (run) => isTrue(field.value(run), by, value, field.name === 'status' ? isSameStatus : undefined);
}

/** That a name is no key of any run, with near misses. */
export function unknownKey(name: string, fields: RunFields): string {
  const close = closestName(name, fields.names());
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `no run has '${name}'.${hint} There are: ${fieldNames.join(', ')}; hyperparameters, such as learning_rate; and keys of the configs, such as batch_size.`;
}

/** Comparisons that numbers and texts alone have. */
const ORDERS: readonly Comparison[] = ['<', '<=', '>', '>='];

/** That an order is asked for between values that have none: every run has numbers, and the filter names a text, or the reverse. */
function otherTypeOf(field: RunField, by: Comparison, value: Json, runs: readonly RunSummary[]): string | undefined {
  if (!ORDERS.includes(by)) return undefined;
  const isOrdered = (found: Json): boolean => found !== null && typeof found === typeof value;
  if (runs.some((run) => isOrdered(field.value(run)))) return undefined;
  const other = runs.map((run) => field.value(run)).find((found) => found !== null);
  if (other === undefined) return undefined;
  return `${by} compares numbers with numbers and strings with strings; ${field.name} is never a ${typeof value}, but for instance ${describeValue(other)}`;
}

function problemOf({name}: RunField, by: Comparison, value: Json): string | undefined {
  if (ORDERS.includes(by) && typeof value !== 'number' && typeof value !== 'string')
    return `${by} compares ${name} with a number or a string`;
  if (name !== 'status') return undefined;
  const known = [...runStatuses, 'complete'];
  const wrong = [value].flat().find((status) => !known.some((each) => each === status));
  if (wrong === undefined) return undefined;
  const close = closestName(String(wrong), known);
  return `there is no status '${String(wrong)}'.${close ? ` Did you mean \`${close}\`?` : ''} There are: ${known.join(', ')}.`;
}

function isSameStatus(status: Json, named: Json): boolean {
  return status === named || (named === 'complete' && COMPLETE.includes(status));
}

/**
 * Whether a comparison holds: `=`, `!=` and `in` between any two values; the others between two numbers or two texts.
 * @param isSame - what equal means
 */
export function isTrue(
  found: Json,
  by: Comparison,
  value: Json,
  isSame: (a: Json, b: Json) => boolean = isDeepStrictEqual,
): boolean {
  if (by === '=') return isSame(found, value);
  if (by === '!=') return !isSame(found, value);
  if (by === 'in' || by === 'not in') return (value as Json[]).some((each) => isSame(found, each)) === (by === 'in');
  if (typeof found !== typeof value || found === null || value === null) return false;
  if (by === '<') return found < value;
  if (by === '<=') return found <= value;
  return by === '>' ? found > value : found >= value;
}

/**
 * Runs in the order of keys: ascending, or descending where `-` stands before a key; of equals the order stays. Numbers come
 * before texts, and runs that lack a key last. Digits in texts are compared as numbers.
 * @param keys - as for {@link runsWhere}, by commas: `workload,-best`
 * @param fields - as for {@link runsWhere}
 * @throws UserError naming a key that no run has, with near misses
 */
export function sortedRuns<R extends RunSummary>(runs: readonly R[], keys: string, fields = fieldsOf(runs)): R[] {
  const orders = keys.split(',').map((key) => orderOf(key.trim(), fields));
  return [...runs].sort((a, b) => orders.map((order) => order(a, b)).find((sign) => sign !== 0) ?? 0);
}

const collator = new Intl.Collator('en', {numeric: true});

function orderOf(key: string, fields: RunFields): (a: RunSummary, b: RunSummary) => number {
  const isDescending = key.startsWith('-');
  const name = isDescending ? key.slice(1) : key;
  const field = fields.find(name);
  if (!field) throw new UserError(`--sort: ${unknownKey(name, fields)}`);
  return (a, b) => {
    const [one, other] = [field.value(a), field.value(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    const sign = compared(one, other);
    return isDescending ? -sign : sign;
  };
}

function compared(one: Json, other: Json): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'number' || typeof other === 'number') return typeof one === 'number' ? -1 : 1;
  return collator.compare(textOf(one), textOf(other));
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
