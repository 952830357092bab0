import type {ScoredRun, ScoredSubmission, Scoring, ScoringTarget} from '../../src/scoring/index.js';

/** What a run came to: `[seconds, value]` for each evaluation; steps are ten a second. */
export type Rows = readonly (readonly [seconds: number, value: number])[];

export function run(study: string, trial: string, rows: Rows): ScoredRun {
  const evaluations = rows.map(([seconds, value], row) => ({row, globalStep: seconds * 10, seconds, value}));
  return {study, trial, evaluations};
}

/** Loss: less is better; equal counts. */
export const LOSS: ScoringTarget = {goal: 'minimize', value: 0.5, inclusive: true};

/** A run of one evaluation, which reaches {@link LOSS} at a time; Infinity: it does not. */
export function hitAt(study: string, seconds: number, trial = 'trial_1'): ScoredRun {
  return run(study, trial, Number.isFinite(seconds) ? [[seconds, 0.5]] : [[1, 0.6]]);
}

/** A submission by its times on each workload, one a study. */
export function submission(name: string, times: {readonly [workload: string]: readonly number[]}): ScoredSubmission {
  const runs = Object.entries(times).map(
    ([workload, ofStudies]) => [workload, ofStudies.map((seconds, i) => hitAt(`study_${i}`, seconds))] as const,
  );
  return {name, runs: new Map(runs)};
}

/** A scoring on all workloads that any of the submissions has, with {@link LOSS}. */
export function scoringOf(submissions: readonly ScoredSubmission[], more: Partial<Scoring> = {}): Scoring {
  const workloads = [...new Set(submissions.flatMap(({runs}) => [...runs.keys()]))];
  const heldOut = more.heldOut?.map(({name}) => name) ?? [];
  const names = [...new Set([...(more.workloads ?? workloads), ...heldOut])];
  return {
    submissions,
    targets: new Map(names.map((name) => [name, LOSS])),
    workloads: workloads.filter((name) => !heldOut.includes(name)),
    ...more,
  };
}
