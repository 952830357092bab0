import {type ConfigSource, checkConfig, parseOverrides, withChanges} from '../config/index.js';
import type {Workload} from '../contract/index.js';
import {batchSizeProblem, dataFingerprint} from '../data/index.js';
import {loadSubmission} from '../submissions/index.js';
import {closeRuntime, openRuntime, type Runtime} from '../training/index.js';
import {findingsOfFailure} from './failure.js';
import type {CheckName, Finding} from './findings.js';
import {notedFindings} from './noted.js';
import type {Places} from './places.js';
import {type RehearsalOptions, rehearse} from './rehearsal.js';
import {halfOf, repeatFindings} from './repeats.js';
import {runFindings} from './run-findings.js';
import {findLeak} from './tensors.js';
import {twiceEvaluated} from './twice-evaluated.js';
import {emptyNotes, type Notes, watchedSubmission} from './watch.js';

/** A submission and the problem to check it on. */
export interface ProblemCheck {
  readonly source: ConfigSource;
  readonly workload: Workload;
  readonly backend: string;
  readonly places: Places;
}

/** The result on one problem. */
export interface ProblemResult {
  readonly problem: string;
  readonly findings: readonly Finding[];
  /** The checks that were made, with or without findings. */
  readonly checked: readonly CheckName[];
}

/** Checks a submission on one problem, in as many runs as that takes. */
export async function checkProblem(check: ProblemCheck): Promise<ProblemResult> {
  const notes = emptyNotes();
  const findings: Finding[] = [];
  const checked = new Set<CheckName>(['loads']);
  try {
    await checkRuns(check, notes, findings, checked);
  } catch (error) {
    findings.push(...findingsOfFailure(error, checked.has('runs') ? 'runs' : 'loads', check.places));
  }
  findings.push(...notedFindings(notes, check.places));
  return {problem: check.workload.name, findings, checked: [...checked]};
}

async function checkRuns(
  check: ProblemCheck,
  notes: Notes,
  findings: Finding[],
  checked: Set<CheckName>,
): Promise<void> {
  const {workload, backend, places} = check;
  const loaded = await load(check, notes);
  checked.add('parameters').add('workload_name').add('runs');
  const batchSize = loaded.submission.getBatchSize(workload, loaded.loaded.config);
  const runtime = await openRuntime({workload, backend}, batchSize);
  try {
    const tooLarge = batchSizeProblem(batchSize, runtime.dataset.train);
    if (tooLarge) return void findings.push(batchFinding(tooLarge, workload, places));
    const maxGlobalSteps = workload.budget.stepHint;
    const run: RehearsalOptions = {...loaded, runtime, notes, maxGlobalSteps};
    const whole = await rehearse({...run, around: twiceEvaluated(notes)});
    for (const each of ALWAYS_CHECKED) checked.add(each);
    findings.push(...runFindings(whole, {workload, notes, places}));
    if (!(await isUntouched(runtime))) findings.push(dataFinding(places));
    const fresh = async (): Promise<RehearsalOptions> => ({...run, ...(await load(check, emptyNotes()))});
    const half = halfOf(whole);
    // If evaluations are not repeatable, differences between runs say nothing about their steps.
    if (half && notes.changedByEvaluation === undefined) {
      checked.add('resumes').add('repeats');
      findings.push(...(await repeatFindings(whole, half, fresh, places)));
    }
    findings.push(...(await findLeak(notes, fresh, places)));
  } finally {
    await closeRuntime(runtime);
  }
}

const ALWAYS_CHECKED = ['schedule', 'changes', 'finite', 'evaluation_params', 'evaluation_data', 'tensors'] as const;

/** A fresh copy of the submission, with its config changed to evaluate halfway and to run to the end. */
async function load({source, workload}: ProblemCheck, notes: Notes) {
  const {submission: named, submissionGivenBy} = source;
  const watched: Parameters<typeof loadSubmission>[2] = {
    isFresh: true,
    watched: (each) => watchedSubmission(each, notes),
  };
  const submission = await loadSubmission(named, submissionGivenBy, watched);
  const everySteps = Math.ceil(workload.budget.stepHint / 2);
  const changes = [`evaluation.every_steps=${everySteps}`, 'evaluation.stop_at_target=false', 'batch_size=null'];
  const loaded = checkConfig(withChanges(source, parseOverrides(changes)), submission, workload);
  return {submission, loaded, notes};
}

function batchFinding(problem: string, {name}: Workload, places: Places): Finding {
  return {
    check: 'runs',
    place: places.of(undefined, 'getBatchSize'),
    message: `getBatchSize ${problem} (data: ${name})`,
    advice: 'Derive it from `workload.batchSize`, so that it suits every workload.',
  };
}

async function isUntouched({dataset, dataSha256}: Runtime): Promise<boolean> {
  return (await dataFingerprint(dataset)) === dataSha256;
}

function dataFinding(places: Places): Finding {
  return {
    check: 'evaluation_data',
    place: places.whole,
    message: 'the data in memory was changed during the run',
    advice: 'Copy an array before changing it: `data.slice()`.',
  };
}
