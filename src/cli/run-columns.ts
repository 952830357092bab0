import {fieldNames, type RunField, type RunFields, type RunSummary, unknownKey} from '../runs/index.js';
import {count, UserError} from '../support/index.js';
import {secondsCell} from './official-mark.js';

interface Column {
  readonly header: string;
  /** Of a value that is there. */
  readonly text?: (value: never, run: RunSummary) => string;
}

const columns: {readonly [name: string]: Column} = {
  index: {header: '#'},
  steps: {header: 'steps', text: count},
  best: {header: 'best', text: (value: number) => value.toFixed(4)},
  best_step: {header: 'at step', text: count},
  time_to_target: {
    header: 'to target (s)',
    text: (seconds: number, {official}: RunSummary) => secondsCell({seconds, official}),
  },
  submission_time: {header: 'submission (s)', text: (value: number) => value.toFixed(2)},
  official: {header: 'official', text: (value: boolean) => (value ? 'yes' : 'no')},
};

/** The columns of a list that are no keys of a config. */
export const columnNames = fieldNames;

/** The columns of a list by default: study and trial only if runs have them, damage if there is any. */
export function defaultColumns(runs: readonly RunSummary[]): string[] {
  const names = ['index', 'id', 'experiment', 'study', 'workload', 'trial', 'status', 'steps'];
  names.push('best', 'best_step', 'time_to_target', 'submission_time', 'damage');
  const isNeeded: {readonly [name: string]: (run: RunSummary) => boolean} = {
    study: ({study}) => study !== null,
    trial: ({trial}) => (trial ?? 1) !== 1,
    damage: ({damage}) => damage !== null,
  };
  return names.filter((name) => !isNeeded[name] || runs.some(isNeeded[name]));
}

/** The default columns that a narrow terminal shows less of, the first to go first. */
export const leastNeeded: readonly string[] = [
  ...['submission_time', 'id', 'best_step', 'workload', 'steps', 'time_to_target', 'index'],
];

/** The names that `--columns` was given. */
export function namesIn(columns: string): string[] {
  return columns.split(',').map((name) => name.trim());
}

/**
 * The columns of the names, from fields or keys of the runs' configs such as `learning_rate`.
 * @throws UserError naming all that are neither, with near misses
 */
export function columnsOf(fields: RunFields, names: readonly string[]): RunField[] {
  const found = names.map((name) => fields.find(name));
  const unknown = names.filter((_, i) => found[i] === undefined);
  if (unknown.length > 0)
    throw new UserError(unknown.map((name) => `--columns: ${unknownKey(name, fields)}`).join('\n'));
  return found as RunField[];
}

/** Headers and cells of the columns that a list shows; `-` for a missing value. */
export function tableOf(
  runs: readonly RunSummary[],
  names: readonly string[],
  fields: RunFields,
): {headers: string[]; rows: string[][]} {
  const chosen = columnsOf(fields, names);
  return {
    headers: chosen.map(({name}) => columnOf(name)?.header ?? name),
    rows: runs.map((run) => chosen.map((field) => cellText(field, run))),
  };
}

function columnOf(name: string): Column | undefined {
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}

function cellText({name, value}: RunField, run: RunSummary): string {
  const found = value(run);
  if (found === null) return '-';
  return columnOf(name)?.text?.(found as never, run) ?? (typeof found === 'string' ? found : JSON.stringify(found));
}
