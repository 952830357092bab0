import {closestName} from '../support/index.js';
import type {Finding} from './findings.js';
import type {Places} from './places.js';
import type {Notes} from './watch.js';

/** What AlgoPerf's names are called here. */
const RENAMED: {readonly [name: string]: string} = {
  hyperparameters: '`config.hyperparameters`',
  rng: '`key`',
  current_param_container: "an entry's `state.params`",
  current_params_types: '`workload.paramTypes`',
  model_params: '`model.params`',
  model_state: "an entry's `state.modelState`",
  loss_type: '`workload.lossFn`',
  train_state: '`clock`',
};

/** The findings on how a submission used its arguments. */
export function notedFindings(notes: Notes, places: Places): Finding[] {
  return [
    ...notes.arguments.map(({functionName, taken, given}) => ({
      check: 'parameters' as const,
      place: places.of(undefined, functionName),
      message: `${functionName} takes ${taken} arguments but gets ${given}`,
      advice:
        given === 1
          ? 'It gets one object; destructure it: `({program, batch}) => ...`.'
          : 'It gets (workload, config).',
    })),
    ...notes.unknown.map(({functionName, key, known, at}) => ({
      check: 'parameters' as const,
      place: places.of(at, functionName),
      message: `${functionName} reads '${key}', which its argument does not have`,
      advice: `Use ${insteadOf(key, known)}.`,
    })),
    ...notes.names.map(({at}) => ({
      check: 'workload_name' as const,
      place: places.of(at),
      message: "it reads the workload's name",
      advice:
        'Decide by the properties of the workload instead: `budget`, `paramTypes`, `hasDropout`, `batchSize`, `metrics`.',
    })),
    ...notes.splits.map(({split, at}) => ({
      check: 'evaluation_data' as const,
      place: places.of(at),
      message: `it reads the ${split} split`,
      advice: 'Take data from `inputQueue` only; the results of evaluations are in `evalResults`.',
    })),
  ];
}

function insteadOf(key: string, known: readonly string[]): string {
  const close = closestName(key, known);
  return RENAMED[key] ?? (close ? `\`${close}\`` : `one of ${known.join(', ')}`);
}
