import {lockHolder, misplacement} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {budgetSecondsOf, closeRuntime, openRuntime, type RunOptions, type Runtime} from '../training/index.js';
import {checkClock} from './check-clock.js';
import {checkCode} from './check-code.js';
import {checkEvaluationSteps} from './check-evaluation-steps.js';
import {checkEvaluations} from './check-evaluations.js';
import {checkHashes} from './check-hashes.js';
import {checkResult} from './check-result.js';
import {checkSchedule} from './check-schedule.js';
import {checkData, checkReasons, checkSettings, checkTargets} from './check-settings.js';
import {checkTables} from './check-tables.js';
import {type Finding, failed, passedUnless, problemsIn} from './findings.js';
import {type LoadOptions, loadRecorded} from './load-recorded.js';
import {type RecordedRun, readRecorded} from './recorded-run.js';

/** What verifying a run came to. */
export interface Verification {
  /** The run's folder. */
  readonly path: string;
  /** Whether no check has failed: nothing that the folder says contradicts the rest, or what was evaluated again. */
  readonly isConsistent: boolean;
  /** Whether the run's time may count: it is consistent, over, says that it is official, and what it rests on was checked. */
  readonly isOfficial: boolean;
  /** Why not, in words; empty: it may. */
  readonly notOfficialBecause: readonly string[];
  /** In the order of the checks. */
  readonly findings: readonly Finding[];
}

/** What a run's code gets hold of before the checks. */
export interface ExamineOptions extends LoadOptions {
  /** Called around the loading of user code; default: the process is not sealed. */
  readonly load?: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Verifies a run in this process: reads its folder, evaluates its kept checkpoints again, and compares.
 * @param path - the run's folder
 * @throws UserError if a process is at work in the run, or the engine or the data that it needs is not there
 */
export async function examineRun(path: string, options: ExamineOptions = {}): Promise<Verification> {
  if (lockHolder(path)) throw new UserError(`${path}: a process is at work in this run; wait for it, or stop it`);
  const run = read(path);
  if (!('meta' in run)) return verdict(path, undefined, [run]);
  const {load = (work) => work()} = options;
  const loaded = await loadOrNot(() => load(() => loadRecorded(run, options)));
  const findings = [
    ...passedUnless(
      'files',
      problemsIn([misplacement(path, run.meta[0]!)]),
      'all files of the run are there, and whole, in the place of its record',
    ),
    ...checkCode(run),
    ...checkTables(run),
  ];
  if (loaded instanceof UserError) return verdict(path, run, [...findings, failed('settings', loaded.message)]);
  const runtime = await openRuntime(loaded, loaded.submission.getBatchSize(loaded.workload, loaded.loaded.config));
  try {
    return verdict(path, run, [...findings, ...(await checkedWith(run, loaded, runtime))]);
  } finally {
    await closeRuntime(runtime);
  }
}

function read(path: string): RecordedRun | Finding {
  try {
    return readRecorded(path);
  } catch (error) {
    if (error instanceof UserError) return failed('files', error.message);
    throw error;
  }
}

/** What the run's folder says of its code and config may not fit together: that is a finding. */
async function loadOrNot(load: () => Promise<RunOptions>): Promise<RunOptions | UserError> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function checkedWith(run: RecordedRun, options: RunOptions, runtime: Runtime): Promise<Finding[]> {
  const {dataset, dataSha256} = runtime;
  const evaluated = {runtime, options};
  const {findings, moments} = await checkEvaluations(run, evaluated);
  return [
    ...checkHashes(run, moments),
    ...checkEvaluationSteps(run, options),
    ...checkSettings(run, options),
    ...checkReasons(run, options, runtime),
    ...checkData(run, dataSha256),
    ...checkTargets(run, options, dataset),
    ...checkResult(run, options.workload),
    ...checkClock(run, moments, budgetSecondsOf(options)),
    ...(await checkSchedule(run, evaluated)),
    ...findings,
  ];
}

function verdict(path: string, run: RecordedRun | undefined, findings: readonly Finding[]): Verification {
  const isConsistent = findings.every(({outcome}) => outcome !== 'failed');
  const notOfficialBecause = [
    ...findings.filter(({outcome}) => outcome !== 'passed').map(({message}) => message),
    ...(run && !run.result ? ['the run is not over'] : []),
    ...(run?.result?.notOfficialBecause ?? []),
  ];
  return {
    path,
    isConsistent,
    isOfficial: notOfficialBecause.length === 0,
    notOfficialBecause: [...new Set(notOfficialBecause)],
    findings,
  };
}
