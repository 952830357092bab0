import {
  type Code,
  type Difference,
  differences,
  type ProfileStep,
  profileAt,
  profileSteps,
  type Score,
  type ScoreIntervals,
  type Scoring,
  type ScoringRules,
  score,
  scoreIntervals,
  TAU,
  type TimeAxis,
  workloadsDividedBy,
} from '../scoring/index.js';
import type {ScoreOptions} from './options.js';
import type {Problem} from './problems.js';
import {readPool} from './read-pool.js';
import {hashOfLogs, type ReadRun} from './read-runs.js';
import {type RelaxedScores, relaxedScores, type SweptScores, sweptScores} from './relaxed-scores.js';
import {type SpeedupTable, speedupTable} from './speedup-table.js';
import {requireComplete} from './strict.js';
import type {ResolvedTarget, TuningRuleset} from './targets.js';
import type {VerifiedCount} from './verified-runs.js';

/** A run whose time is that of its study. */
export interface DecisiveRun extends Pick<ReadRun, 'workload' | 'study' | 'trial' | 'path'> {
  /** Whether that time may count as official; null: its folder doesn't say, as AlgoPerf's. */
  readonly official: boolean | null;
  /** Why not, in words. */
  readonly notOfficialBecause: readonly string[];
}

/** A submission's score, and what it rests on. */
export interface SubmissionScore extends Score {
  readonly runs: number;
  /** Whether all its runs may count as official; null: their folders don't say. */
  readonly official: boolean | null;
  /** The runs that its times are of. */
  readonly decisive: readonly DecisiveRun[];
  /** The share of workloads within tau times the fastest: as steps, by AlgoPerf's code at its 100 points. */
  readonly profile: readonly ProfileStep[];
  readonly intervals: ScoreIntervals | null;
}

/** The scores of a pool of submissions. Infinite times are Infinity. */
export interface Scored {
  /** What a score depends on, and is only good for. */
  readonly pool: {
    readonly submissions: readonly string[];
    readonly workloads: readonly string[];
    readonly heldOut: readonly string[];
    readonly runs: number;
    /** SHA-256 of all logs with the names of their runs, in hexadecimal. */
    readonly hash: string;
  };
  readonly rules: ScoringRules;
  readonly by: TimeAxis;
  readonly numStudies: number;
  readonly tuningRuleset: TuningRuleset;
  readonly reference: string | null;
  readonly targets: {readonly [workload: string]: ResolvedTarget};
  /** The best first. */
  readonly scores: readonly SubmissionScore[];
  /** Numbers that AlgoPerf's code has otherwise; none under its own rules. */
  readonly differences: readonly Difference[];
  /** The version of the code that they are differences from. */
  readonly comparedWith: Code;
  readonly speedups: SpeedupTable | null;
  readonly relaxed: RelaxedScores | null;
  readonly relaxSweep: readonly SweptScores[] | null;
  readonly problems: readonly Problem[];
  /** Null: the runs were not verified. */
  readonly verified: VerifiedCount | null;
  /** Why there are none although they were asked for, in words; null: there are, or they were not. */
  readonly noIntervals: string | null;
}

/**
 * Scores the submissions in folders against each other: what `algoperf-ts score` does.
 * @throws UserError if there are no runs, an option is wrong, or, with `strict`, runs are missing
 */
export async function scoreRuns(options: ScoreOptions): Promise<Scored> {
  const {rules = 'written', by = 'time', relax, relaxSweep, reference, speedupsOver = reference} = options;
  const {scoring, runs, ruleset, targets, problems, verified} = await readPool(options);
  if (options.strict) requireComplete(problems);
  const comparedWith: Code = rules === '0.6' || options.targets === '0.6' ? '0.6' : '1.0';
  const scores = submissionScores(scoring, runs, options);
  return {
    pool: poolOf(scoring, runs),
    rules,
    by,
    numStudies: scoring.numStudies!,
    tuningRuleset: ruleset,
    reference: reference ?? null,
    targets: Object.fromEntries(targets),
    scores: [...scores].sort((a, b) => a.rank - b.rank),
    differences: rules === 'written' ? differences(scoring, comparedWith) : [],
    comparedWith,
    speedups: speedupsOver === undefined ? null : speedupTable(scores, {over: speedupsOver, scoring, ruleset}),
    relaxed: relax ? relaxedScores(scoring, scores, relax) : null,
    relaxSweep: relaxSweep === undefined ? null : sweptScores(scoring, relaxSweep),
    problems,
    verified,
    noIntervals: options.intervals && scores.every(({intervals}) => intervals === null) ? NO_INTERVALS : null,
  };
}

const NO_INTERVALS =
  'no intervals: they are drawn from the studies of each workload, and there is one study of each (run several: --num-studies)';

function poolOf({submissions, workloads, heldOut = []}: Scoring, runs: readonly ReadRun[]): Scored['pool'] {
  const counted = runs.filter(isCounted);
  return {
    submissions: submissions.map(({name}) => name),
    workloads,
    heldOut: heldOut.map(({name}) => name),
    runs: counted.length,
    hash: hashOfLogs(counted),
  };
}

const isCounted = ({isLeftOut}: ReadRun) => !isLeftOut;

function submissionScores(
  scoring: Scoring,
  runs: readonly ReadRun[],
  {rules = 'written', intervals}: ScoreOptions,
): SubmissionScore[] {
  const found = intervals && scoreIntervals(scoring, intervals);
  const count = workloadsDividedBy(rules, scoring.workloads.length);
  return score(scoring).map((each, i) => {
    const own = runs.filter(({submission}) => submission === each.submission);
    const ratios = Object.values(each.ratios);
    return {
      ...each,
      runs: own.filter(isCounted).length,
      official: officialOf(own),
      decisive: decisiveRuns(own, each),
      profile:
        rules === 'written' ? profileSteps(ratios) : TAU.map((tau) => ({tau, share: profileAt(ratios, tau, count)})),
      intervals: found?.[i] ?? null,
    };
  });
}

function officialOf(runs: readonly ReadRun[]): boolean | null {
  if (runs.some(({official}) => official === false)) return false;
  return runs.length > 0 && runs.every(({official}) => official === true) ? true : null;
}

function decisiveRuns(runs: readonly ReadRun[], {times}: Score): DecisiveRun[] {
  const isDecisive = ({workload, study, trial}: ReadRun): boolean =>
    times[workload]?.studies.some((each) => each.study === study && each.hit?.trial === trial) ?? false;
  return runs.filter(isDecisive).map(({workload, study, trial, path, isOurs, status, ...run}) => {
    const official = isOurs ? run.official === true : null;
    const reasons = run.notOfficialBecause.length > 0 ? run.notOfficialBecause : [`its status is ${status}`];
    return {workload, study, trial, path, official, notOfficialBecause: official === false ? reasons : []};
  });
}

/** Whether no run that a time to a workload's target rests on is known not to be official. */
export function areOfficial(decisive: readonly DecisiveRun[], workload: string): boolean {
  return decisive.every((run) => run.workload !== workload || run.official !== false);
}
