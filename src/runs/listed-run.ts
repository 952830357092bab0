import type {Json} from '../contract/index.js';
import {flatEntries} from './flat-entries.js';
import {FILES} from './layout.js';
import {type RunSettings, readMapping} from './settings.js';
import type {RunSummary} from './summary.js';

type Mapping = {readonly [key: string]: Json};

/** A run with its settings. */
export interface ListedRun extends RunSummary, RunSettings {}

/** A run whose settings are read when they are first asked for: most lists need none of them. */
export function listedRun(run: RunSummary): ListedRun {
  const config = once(() => readMapping(run.path, FILES.config));
  const overrides = once(() => readMapping(run.path, FILES.overrides));
  return {
    ...run,
    get config() {
      return config();
    },
    get overrides() {
      return overrides();
    },
  };
}

function once<T>(read: () => T): () => T {
  let kept: {readonly value: T} | undefined;
  return () => {
    kept ??= {value: read()};
    return kept.value;
  };
}

/** What can be asked of a run by name. */
export interface RunField {
  readonly name: string;
  /** Null where the run does not have it. */
  value(run: ListedRun): Json;
}

const ownFields: {readonly [name: string]: RunField['value']} = {
  index: ({index}) => index,
  id: ({id}) => id,
  experiment: ({experiment}) => experiment,
  study: ({study}) => study,
  workload: ({workload}) => workload,
  trial: ({trial}) => trial,
  status: ({status}) => status,
  steps: ({status, globalStep}) => (status === 'unreadable' ? null : globalStep),
  metric: ({metric}) => metric,
  best: ({best}) => best?.value ?? null,
  best_step: ({best}) => best?.globalStep ?? null,
  time_to_target: ({timeToTarget}) => timeToTarget?.seconds ?? null,
  submission_time: ({status, submissionSeconds}) => (status === 'unreadable' ? null : submissionSeconds),
  official: ({official}) => official,
  seed: ({seed}) => seed,
  backend: ({backend}) => backend,
  begun: ({begun}) => begun,
  damage: ({damage}) => damage,
  path: ({path}) => path,
};

/** The names of what a run has besides the keys of its config. */
export const fieldNames = Object.keys(ownFields);

/** The fields of a set of runs. */
export interface RunFields {
  /** Undefined where no run has it, if there are runs. */
  find(name: string): RunField | undefined;
  /** All names that {@link RunFields.find} knows, for near misses. */
  names(): string[];
}

/**
 * Finds fields by name: what every run has, such as `best`; a hyperparameter by its bare name; any key of the configs by its
 * dotted name. Files are read as far as a name needs them.
 */
export function fieldsOf(runs: readonly ListedRun[]): RunFields {
  const hyperparameters = new Map<ListedRun, Mapping>();
  const hyperparametersOf = (run: ListedRun): Mapping => {
    // The same values as in the config, in a file that is read twenty times as fast.
    const read = () => flat(readMapping(run.path, FILES.hparams) ?? Object(run.config).hyperparameters ?? {});
    const found = hyperparameters.get(run) ?? read();
    hyperparameters.set(run, found);
    return found;
  };
  const configs = new Map<ListedRun, Mapping>();
  const configOf = (run: ListedRun): Mapping => {
    const found = configs.get(run) ?? flat(run.config ?? {});
    configs.set(run, found);
    return found;
  };
  const keyOf = (name: string): RunField | undefined => {
    const bare = name.replace(/^hyperparameters\./, '');
    const isOne = runs.some((run) => Object.hasOwn(hyperparametersOf(run), bare));
    if (isOne || (runs.length === 0 && name !== '')) return field(name, (run) => hyperparametersOf(run)[bare]);
    return runs.some((run) => Object.hasOwn(configOf(run), name))
      ? field(name, (run) => configOf(run)[name])
      : undefined;
  };
  return {
    find: (name) => (Object.hasOwn(ownFields, name) ? field(name, ownFields[name]!) : keyOf(name)),
    names: () => [
      ...new Set([
        ...fieldNames,
        ...runs.flatMap((run) => Object.keys(hyperparametersOf(run))),
        ...runs.flatMap((run) => Object.keys(configOf(run))),
      ]),
    ],
  };
}

function field(name: string, value: (run: ListedRun) => Json | undefined): RunField {
  return {name, value: (run) => value(run) ?? null};
}

function flat(value: Json): Mapping {
  return Object.fromEntries(flatEntries(value));
}
