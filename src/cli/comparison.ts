import {
  type ComparedRun,
  comparedRun,
  type DifferingKey,
  differingKeys,
  findRuns,
  groupsOf,
  listedRun,
  type RunGroup,
} from '../runs/index.js';
import {bootstrap, compareWithFirst, type Estimate, type GroupDifference, type NoDifference} from '../scoring/index.js';
import {UserError} from '../support/index.js';

/** A measure that groups are compared by. */
export const measures = {
  best: ({run}: ComparedRun): number => run.best?.value ?? Number.NaN,
  /** Infinite where the target is not reached. */
  timeToTarget: ({run}: ComparedRun): number => run.timeToTarget?.seconds ?? Number.POSITIVE_INFINITY,
} as const;

export type Measure = keyof typeof measures;

/** What a group's runs have in common and come to. */
export interface GroupSummary {
  readonly name: string;
  readonly runs: number;
  readonly reached: number;
  /** Whether the time of every run that reached the target may count as official; null: none reached it. */
  readonly official: boolean | null;
  /** Undefined where a run has no value. */
  readonly estimates: {readonly [measure in Measure]: Estimate | undefined};
}

/** Runs side by side. */
export interface Comparison {
  readonly groups: readonly RunGroup[];
  /** The keys in which the groups differ; their values are in the order of the groups. */
  readonly settings: readonly DifferingKey[];
  readonly summaries: readonly GroupSummary[];
  /** Of each group after the first, from the first. */
  readonly differences: {readonly [measure in Measure]: readonly (GroupDifference | NoDifference)[]};
  /** For scripts. */
  readonly value: object;
}

/**
 * Runs side by side, in groups of those that differ only in their seeds.
 * @throws UserError if there are no such runs, or they are of several workloads, or one can't be read
 */
export function comparison(experimentDir: string, names: readonly string[]): Comparison {
  const runs = findRuns(experimentDir, names).map(listedRun);
  for (const {status, path, damage} of runs) if (status === 'unreadable') throw new UserError(`${path}: ${damage}`);
  const workloads = [...new Set(runs.map(({workload}) => workload))];
  if (workloads.length > 1)
    throw new UserError(`runs compare: the runs must be of one workload; these are of ${workloads.join(', ')}`);
  const groups = groupsOf(runs.map(comparedRun));
  const parts = {
    groups,
    settings: differingKeys(groups.map(({settings}) => settings)),
    summaries: groups.map(summaryOf),
    differences: {best: differencesIn(groups, 'best'), timeToTarget: differencesIn(groups, 'timeToTarget')},
  };
  return {...parts, value: jsonOf(parts)};
}

function summaryOf({name, runs}: RunGroup): GroupSummary {
  const estimateOf = (measure: Measure) => {
    const values = runs.map(measures[measure]);
    return values.some(Number.isNaN) ? undefined : bootstrap(values);
  };
  const atTarget = runs.filter(({run}) => run.timeToTarget !== null);
  return {
    name,
    runs: runs.length,
    reached: atTarget.length,
    official: atTarget.length === 0 ? null : atTarget.every(({run}) => run.official),
    estimates: {best: estimateOf('best'), timeToTarget: estimateOf('timeToTarget')},
  };
}

function differencesIn(groups: readonly RunGroup[], measure: Measure): (GroupDifference | NoDifference)[] {
  const seeded = groups.map(({name, runs}) => ({
    name,
    values: runs.flatMap((compared) =>
      compared.run.seed === null ? [] : [{seed: compared.run.seed, value: measures[measure](compared)}],
    ),
  }));
  return compareWithFirst(seeded);
}

/** As JSON has it: infinite numbers are null. */
function jsonOf({groups, settings, summaries, differences}: Omit<Comparison, 'value'>): object {
  return {
    settings: settings.map(({key, values}) => ({
      key,
      values: Object.fromEntries(values.map((value, i) => [groups[i]!.name, value ?? null])),
    })),
    groups: groups.map(({name, runs}, i) => ({
      name,
      ...summaries[i]!.estimates,
      reached: summaries[i]!.reached,
      official: summaries[i]!.official,
      runs: runs.map(({run, resets, earlyStops}) => ({
        index: run.index,
        id: run.id,
        experiment: run.experiment,
        path: run.path,
        seed: run.seed,
        status: run.status,
        best: run.best,
        timeToTarget: run.timeToTarget,
        official: run.official,
        notOfficialBecause: run.notOfficialBecause,
        submissionSeconds: run.submissionSeconds,
        resets,
        earlyStops,
      })),
    })),
    test: 'exact paired sign-flip permutation (Fisher-Pitman), two-sided, adjusted by Holm',
    differences,
  };
}
