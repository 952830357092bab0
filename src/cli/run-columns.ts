import {flatEntries, type RunSettings, type RunSummary} from '../runs/index.js';
import {closestName, count, UserError} from '../support/index.js';

/** A run with what it was begun with. */
export type ListedRun = RunSummary & RunSettings;

interface Column {
  readonly header: string;
  /** `-` where there is nothing to show. */
  text(run: ListedRun): string;
}

const columns: {readonly [name: string]: Column} = {
  experiment: {header: 'experiment', text: ({experiment}) => experiment},
  study: {header: 'study', text: ({study}) => String(study ?? '-')},
  workload: {header: 'workload', text: ({workload}) => workload ?? '-'},
  trial: {header: 'trial', text: ({trial}) => String(trial ?? '-')},
  status: {header: 'status', text: ({status}) => status},
  steps: {header: 'steps', text: ({status, globalStep}) => (status === 'unreadable' ? '-' : count(globalStep))},
  metric: {header: 'metric', text: ({metric}) => metric ?? '-'},
  best: {header: 'best', text: ({best}) => best?.value.toFixed(4) ?? '-'},
  best_step: {header: 'at step', text: ({best}) => (best ? count(best.globalStep) : '-')},
  time_to_target: {header: 'to target (s)', text: ({timeToTarget}) => timeToTarget?.seconds.toFixed(2) ?? '-'},
  submission_time: {
    header: 'submission (s)',
    text: ({status, submissionSeconds}) => (status === 'unreadable' ? '-' : submissionSeconds.toFixed(2)),
  },
  official: {header: 'official', text: ({official}) => (official === null ? '-' : official ? 'yes' : 'no')},
  seed: {header: 'seed', text: ({seed}) => String(seed ?? '-')},
  backend: {header: 'backend', text: ({backend}) => backend ?? '-'},
  begun: {header: 'begun', text: ({begun}) => begun ?? '-'},
  damage: {header: 'damage', text: ({damage}) => damage ?? '-'},
  path: {header: 'path', text: ({path}) => path},
};

/** The columns of a list that are no keys of a config. */
export const columnNames = Object.keys(columns);

/** What a list shows unless it is asked for others: a study and a trial only where runs have them, damage where there is any. */
export function defaultColumns(runs: readonly ListedRun[]): string[] {
  const names = ['experiment', 'study', 'workload', 'trial', 'status', 'steps'];
  names.push('best', 'best_step', 'time_to_target', 'submission_time', 'damage');
  const isNeeded: {readonly [name: string]: (run: ListedRun) => boolean} = {
    study: ({study}) => study !== null,
    trial: ({trial}) => (trial ?? 1) !== 1,
    damage: ({damage}) => damage !== null,
  };
  return names.filter((name) => !isNeeded[name] || runs.some(isNeeded[name]));
}

/**
 * Headers and cells of the columns that a list shows.
 * @param names - columns, or keys of the runs' configs such as `hyperparameters.learning_rate`
 * @throws UserError naming all that are neither, with near misses
 */
export function tableOf(runs: readonly ListedRun[], names: readonly string[]): {headers: string[]; rows: string[][]} {
  const keys = new Set(runs.flatMap(({config}) => [...flatEntries(config)].map(([key]) => key)));
  const unknown = names.filter((name) => !Object.hasOwn(columns, name) && !keys.has(name));
  if (unknown.length > 0) throw new UserError(unknown.map((name) => unknownColumn(name, keys)).join('\n'));
  const chosen = names.map(columnOf);
  return {headers: chosen.map(({header}) => header), rows: runs.map((run) => chosen.map(({text}) => text(run)))};
}

function columnOf(name: string): Column {
  return Object.hasOwn(columns, name) ? columns[name]! : {header: name, text: (run) => configText(run, name)};
}

function unknownColumn(name: string, keys: ReadonlySet<string>): string {
  const close = closestName(name, [...columnNames, ...keys]);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `--columns: there is no column '${name}'.${hint} There are: ${columnNames.join(', ')}; and the keys of the runs' configs, such as hyperparameters.learning_rate.`;
}

function configText({config}: ListedRun, key: string): string {
  let value: unknown = config;
  for (const name of key.split('.')) value = Object.hasOwn(Object(value), name) ? Object(value)[name] : undefined;
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
