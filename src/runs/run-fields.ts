import type {Json} from '../contract/index.js';
import {flatEntries} from './flat-entries.js';
import {FILES} from './layout.js';
import {readMapping} from './settings.js';
import type {RunSummary} from './summary.js';

type Mapping = {readonly [key: string]: Json};

/** What can be asked of a run by name. */
export interface RunField {
  readonly name: string;
  /** Null where the run does not have it. */
  value(run: RunSummary): Json;
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
  not_official_because: ({notOfficialBecause}) => notOfficialBecause.join('; ') || null,
  seed: ({seed}) => seed,
  backend: ({backend}) => backend,
  device: ({device}) => device,
  begun: ({begun}) => begun,
  damage: ({damage}) => damage,
  path: ({path}) => path,
};

/** The names of a run's fields that are not keys of its config. */
export const fieldNames = Object.freeze(Object.keys(ownFields));

/** The fields of a set of runs. */
export interface RunFields {
  /** Undefined where no run has it, if there are runs. */
  find(name: string): RunField | undefined;
  /** All names that {@link RunFields.find} knows, for near misses. */
  names(): string[];
}

/**
 * Finds fields by name: what every run has, such as `best`; a hyperparameter by its bare name; any key of the configs by its
 * dotted name. Files are read as far as a name needs them. Of a run's settings only the values that were asked for are kept:
 * there may be many runs, and their configs may be long.
 */
export function fieldsOf(runs: readonly RunSummary[]): RunFields {
  const configs = settingsBy(({path}) => readMapping(path, FILES.config));
  // The same values as in the config, in a file that is read twenty times as fast.
  const hyperparameters = settingsBy(
    ({path}) => readMapping(path, FILES.hparams) ?? Object(readMapping(path, FILES.config)).hyperparameters,
  );
  const keyOf = (name: string): RunField['value'] | undefined => {
    const bare = name.replace(/^hyperparameters\./, '');
    const isOne = runs.some((run) => Object.hasOwn(hyperparameters.of(run), bare));
    if (isOne || (runs.length === 0 && name !== '')) return hyperparameters.valueOf(bare);
    return runs.some((run) => Object.hasOwn(configs.of(run), name)) ? configs.valueOf(name) : undefined;
  };
  return {
    find: (name) => {
      const value = Object.hasOwn(ownFields, name) ? ownFields[name] : keyOf(name);
      return value && {name, value};
    },
    names: () => {
      const names = new Set(fieldNames);
      for (const {of} of [hyperparameters, configs])
        for (const run of runs) for (const key of Object.keys(of(run))) names.add(key);
      return [...names];
    },
  };
}

/** A kind of settings of many runs. */
interface Settings {
  /** All of a run's, by dotted key. */
  of(run: RunSummary): Mapping;
  /** Gives a key's value in each run, null where there is none. */
  valueOf(key: string): RunField['value'];
}

function settingsBy(read: (run: RunSummary) => Json | undefined): Settings {
  const known = new Map<string, Map<RunSummary, Json>>();
  let latest: {readonly run: RunSummary; readonly settings: Mapping} | undefined;
  const valueIn = (settings: Mapping, key: string): Json => (Object.hasOwn(settings, key) ? settings[key]! : null);
  const of = (run: RunSummary): Mapping => {
    if (latest?.run === run) return latest.settings;
    latest = {run, settings: Object.fromEntries(flatEntries(read(run) ?? {}))};
    for (const [key, values] of known) values.set(run, valueIn(latest.settings, key));
    return latest.settings;
  };
  return {
    of,
    valueOf: (key) => {
      const values = known.get(key) ?? new Map<RunSummary, Json>();
      known.set(key, values);
      return (run) => {
        if (!values.has(run)) values.set(run, valueIn(of(run), key));
        return values.get(run)!;
      };
    },
  };
}
