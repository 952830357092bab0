import {count} from '../support/index.js';
import type {ReadRun} from './read-runs.js';
import type {ResolvedTargets} from './targets.js';

/** Something that a score does not rest on as it should. */
export interface Problem {
  readonly kind:
    | 'missing'
    | 'failed'
    | 'unfinished'
    | 'short'
    | 'not scored'
    | 'unreadable'
    | 'misplaced'
    | 'copied'
    | 'not verified';
  readonly submission: string | null;
  readonly workload: string | null;
  readonly study: string | null;
  readonly trial: string | null;
  /** In words. */
  readonly what: string;
  readonly path: string | null;
}

/** A run that misses its target and ends before this share of its limit is reported. */
const SHORT = 0.5;

/** What there should be of each submission. */
export interface Expected {
  readonly submissions: readonly string[];
  /** Base workloads and held-out ones. */
  readonly workloads: readonly string[];
  readonly numStudies: number;
  /** Trials of a study; undefined: as many as the submission has of others. */
  readonly numTrials: number | undefined;
}

/** Missing studies and trials, runs that failed or can't be read, and runs that ended early; in the order of the submissions. */
export function problemsOf(
  runs: readonly ReadRun[],
  expected: Expected,
  {targets}: Pick<ResolvedTargets, 'targets'>,
): Problem[] {
  const limits = new Map(
    expected.workloads.map((name) => [name, fullTime(name, runs, targets.get(name)?.limitSeconds)]),
  );
  const bySubmission = new Map(
    expected.submissions.map((name) => [name, runs.filter((run) => run.submission === name)]),
  );
  const studyNames = [...new Set(runs.map(({study}) => study))].sort();
  return [...bySubmission].flatMap(([submission, own]) => {
    const numTrials = expected.numTrials ?? mostTrials(own);
    return expected.workloads.flatMap((workload) => {
      const ofWorkload = own.filter((run) => run.workload === workload);
      return [
        ...missing(ofWorkload, {submission, workload, numStudies: expected.numStudies, numTrials, studyNames}),
        ...ofWorkload.flatMap((run) => runProblem(run, limits.get(workload)!, targets)),
      ];
    });
  });
}

/** The most trials that a submission has of a workload in a study. */
export function mostTrials(runs: readonly ReadRun[]): number {
  const counts = new Map<string, number>();
  for (const {submission, workload, study} of runs) {
    const key = JSON.stringify([submission, workload, study]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** Seconds that a run may take, or else that the longest one took. */
function fullTime(workload: string, runs: readonly ReadRun[], limit: number | undefined): number {
  if (limit !== undefined) return limit;
  const lasts = runs.filter((run) => run.workload === workload).map(({evaluations}) => evaluations.last?.seconds ?? 0);
  return lasts.reduce((most, seconds) => Math.max(most, seconds), 0);
}

interface Sought {
  readonly submission: string;
  readonly workload: string;
  readonly numStudies: number;
  readonly numTrials: number;
  /** Of all submissions. */
  readonly studyNames: readonly string[];
}

function missing(
  runs: readonly ReadRun[],
  {submission, workload, numStudies, numTrials, studyNames}: Sought,
): Problem[] {
  const studies = [...new Set(runs.map(({study}) => study))];
  const problem = (what: string, study: string | null = null): Problem => ({
    kind: 'missing',
    submission,
    workload,
    study,
    trial: null,
    what,
    path: null,
  });
  if (runs.length === 0) return [problem('no runs')];
  const trialsOf = (study: string) => runs.filter((run) => run.study === study).length;
  const few = studies.length < numStudies ? [problem(studiesText(studies, {numStudies, studyNames}))] : [];
  const short = studies.filter((study) => trialsOf(study) < numTrials);
  return [...few, ...short.map((study) => problem(`${trialsOf(study)} of ${numTrials} trials`, study || null))];
}

/** Names the missing studies if other submissions have them, or else those present. */
function studiesText(
  studies: readonly string[],
  {numStudies, studyNames}: Pick<Sought, 'numStudies' | 'studyNames'>,
): string {
  const count = `${studies.length} of ${numStudies} studies`;
  const absent = studyNames.filter((name) => !studies.includes(name));
  if (studies.length + absent.length === numStudies) return `${count}, without ${absent.join(', ')}`;
  return `${count}: ${studies.map((study) => study || 'one without a name').join(', ')}`;
}

function runProblem(run: ReadRun, fullSeconds: number, targets: ResolvedTargets['targets']): Problem[] {
  // That is a problem of its own.
  if (run.isLeftOut) return [];
  const {submission, workload, study, trial, path, status, evaluations, damage, misplaced} = run;
  const problem = (kind: Problem['kind'], what: string): Problem[] => [
    {kind, submission, workload, study: study || null, trial, what, path},
  ];
  const {last} = evaluations;
  const at = last ? `, last evaluation at step ${count(last.globalStep)}` : ', without an evaluation';
  if (misplaced !== undefined) return problem('misplaced', `left out: ${misplaced}`);
  if (damage !== undefined) return problem('unreadable', damage);
  if (status === 'running' || status === 'interrupted') return problem('unfinished', `the run is ${status}${at}`);
  if (status === 'failed' || status === 'diverged') return problem('failed', `the run ${status}${at}`);
  if (!last) return problem('failed', run.hash === undefined ? 'no table of evaluations' : 'no evaluation');
  const target = targets.get(workload)!;
  if (Number.isNaN(last.value)) return problem('failed', `validation/${target.metric} is NaN${at}`);
  const best = evaluations.best!;
  const isReached = target.goal === 'minimize' ? best.value <= target.value : best.value >= target.value;
  if (isReached || last.seconds >= SHORT * fullSeconds) return [];
  const of = `${count(Math.round(last.seconds))} of ${count(Math.round(fullSeconds))} s`;
  return problem('short', `ended after ${of}, target not reached`);
}
