import {FILES} from '../runs/index.js';
import {mostStudies, type ScoredRun, type ScoredSubmission, type Scoring} from '../scoring/index.js';
import {closestName, contentsInWords, UserError} from '../support/index.js';
import {withoutCopies} from './copies.js';
import {findWorkloads, type WorkloadFolder} from './find-folders.js';
import type {ScoreOptions} from './options.js';
import {mostTrials, type Problem, problemsOf} from './problems.js';
import {type ReadRun, type RunsOfFolder, readRuns} from './read-runs.js';
import {isSelfTuning, type ResolvedTargets, resolveTargets, type TuningRuleset} from './targets.js';
import {type VerifiedCount, verifiedRuns} from './verified-runs.js';

/** Submissions read from folders, ready to be scored. */
export interface ReadPool extends Pick<ResolvedTargets, 'targets'> {
  readonly scoring: Scoring;
  readonly runs: readonly ReadRun[];
  readonly ruleset: TuningRuleset;
  readonly problems: readonly Problem[];
  /** Null: they were not verified. */
  readonly verified: VerifiedCount | null;
}

/** @throws UserError if there are no runs, a name is unknown, or no target is */
export async function readPool(options: ScoreOptions): Promise<ReadPool> {
  const {rules = 'written', tuningRuleset} = options;
  const {folders, unreadable} = findWorkloads(options.dirs ?? ['experiments']);
  const chosen = chosenFolders(folders, options);
  const recorded = isSelfTuning(chosen) ? 'self' : 'external';
  const resolved = await resolveTargets(chosen, {
    targets: options.targets ?? (rules === 'written' ? undefined : rules),
    workloads: options.workloads,
    ruleset: tuningRuleset ?? recorded,
    rules,
  });
  if (resolved.workloads.length === 0) throw new UserError(noTarget(resolved));
  const read = runsOf(chosen, resolved, options);
  requireLogs(read.runs);
  const {runs: own, copies} = withoutCopies(read.runs);
  const {
    runs,
    problems: wrong,
    count = null,
  } = options.verify ? await verifiedRuns(own, options.verify) : {runs: own, problems: []};
  const ruleset = tuningRuleset ?? (chosen.some(({isOurs}) => isOurs) || mostTrials(runs) > 1 ? recorded : 'self');
  const scoring = scoringOf(chosen, runs, {options, resolved});
  const problems = [
    ...unreadable.map(({path, reason}) => problem('unreadable', reason, path)),
    ...problemsOf(runs, expected(scoring, options, ruleset), resolved),
    ...read.begunAgain.map(begunAgain),
    ...resolved.left.map(({workload, reason}) => ({...problem('not scored', reason, null), workload})),
    ...copies,
    ...wrong,
  ];
  return {scoring, runs, ruleset, problems, verified: count, targets: resolved.targets};
}

/** @throws UserError if none of AlgoPerf's runs has left anything, and there are no others: then they are something else */
function requireLogs(runs: readonly ReadRun[]): void {
  const [first] = runs;
  const isNothing = ({isOurs, hash, damage}: ReadRun) => !isOurs && hash === undefined && damage === undefined;
  if (first && runs.every(isNothing))
    throw new UserError(
      `${first.path}: it has neither ${FILES.evaluations} nor a text log beside it, nor has any other run; ${contentsInWords(first.path)}`,
    );
}

function noTarget({left}: ResolvedTargets): string {
  return `no target is known for ${left.map(({workload}) => workload).join(', ')}; --targets names a file with some`;
}

function problem(kind: Problem['kind'], what: string, path: string | null): Problem {
  return {kind, submission: null, workload: null, study: null, trial: null, what, path};
}

function begunAgain({submission, workload, study, trial, path}: ReadRun): Problem {
  const what = 'no evaluation; the trial was restarted in another log, which counts';
  return {...problem('failed', what, path), submission, workload, study: study || null, trial};
}

/** @throws UserError if a submission is named that is not there */
function chosenFolders(
  folders: readonly WorkloadFolder[],
  {include, exclude = [], reference, speedupsOver}: ScoreOptions,
): readonly WorkloadFolder[] {
  const names = [...new Set(folders.map(({submission}) => submission))];
  const chosen = names.filter((name) => (include ? include.includes(name) : true) && !exclude.includes(name));
  for (const [flag, given, known] of [
    ['--include', include ?? [], names],
    ['--exclude', exclude, names],
    ['--reference', reference === undefined ? [] : [reference], chosen],
    ['--speedups-over', speedupsOver === undefined ? [] : [speedupsOver], chosen],
  ] as const)
    for (const name of given) requireSubmission(flag, name, known);
  if (chosen.length === 0) throw new UserError('--include, --exclude: no submission is left');
  return folders.filter(({submission}) => chosen.includes(submission));
}

function requireSubmission(flag: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const close = closestName(name, known);
  const hint = close ? `did you mean \`${close}\`?` : `there are: ${known.join(', ')}`;
  throw new UserError(`${flag}: there is no submission '${name}'; ${hint}`);
}

function runsOf(
  folders: readonly WorkloadFolder[],
  {targets}: ResolvedTargets,
  {relax = [], relaxSweep = 0}: ScoreOptions,
): RunsOfFolder {
  const relaxedBy = relax.reduce((most, [, fraction]) => Math.max(most, fraction), relaxSweep);
  const read = folders.flatMap((folder) => {
    const target = targets.get(folder.workload);
    return target ? readRuns(folder, {metric: target.metric, target, relaxedBy}) : [];
  });
  return {runs: read.flatMap(({runs}) => runs), begunAgain: read.flatMap(({begunAgain}) => begunAgain)};
}

/** Studies that AlgoPerf's rules ask for, and trials of each. */
const STUDIES = 3;
const TRIALS = {external: 5, self: 1};

function scoringOf(
  folders: readonly WorkloadFolder[],
  runs: readonly ReadRun[],
  {options, resolved}: {readonly options: ScoreOptions; readonly resolved: ResolvedTargets},
): Scoring {
  const names = [...new Set(folders.map(({submission}) => submission))];
  const submissions = names.map((name) => scoredSubmission(name, runs));
  const {targets, workloads, heldOut} = resolved;
  const {by, rules, reference, strict} = options;
  const most = mostStudies(submissions);
  const numStudies = options.numStudies ?? (strict ? Math.max(STUDIES, most) : most);
  return {submissions, targets, workloads, heldOut, numStudies, ...(by && {by}), ...(rules && {rules}), reference};
}

/** Runs without an evaluation count too: their studies are there. */
function scoredSubmission(name: string, runs: readonly ReadRun[]): ScoredSubmission {
  const byWorkload = new Map<string, ScoredRun[]>();
  for (const {submission, workload, study, trial, evaluations} of runs) {
    if (submission !== name) continue;
    const run = {study, trial, evaluations: evaluations.atTarget};
    byWorkload.set(workload, [...(byWorkload.get(workload) ?? []), run]);
  }
  return {name, runs: byWorkload};
}

function expected(scoring: Scoring, {numTrials, strict}: ScoreOptions, ruleset: TuningRuleset) {
  return {
    submissions: scoring.submissions.map(({name}) => name),
    workloads: [...scoring.workloads, ...(scoring.heldOut ?? []).map(({name}) => name)],
    numStudies: scoring.numStudies!,
    numTrials: numTrials ?? (strict ? TRIALS[ruleset] : undefined),
  };
}
