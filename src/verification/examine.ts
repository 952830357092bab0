import {lockHolder, misplacement} from '../runs/index.js';
import {ModuleLoadError, requireKnownCode, UserError} from '../support/index.js';
import {budgetSecondsOf, type RunOptions, type Runtime} from '../training/index.js';
import {checkClock} from './check-clock.js';
import {checkCode, hasOwnCode} from './check-code.js';
import {checkEvaluationSteps} from './check-evaluation-steps.js';
import {checkEvaluations} from './check-evaluations.js';
import {checkHashes} from './check-hashes.js';
import {checkResult} from './check-result.js';
import {checkSchedule} from './check-schedule.js';
import {checkData, checkReasons, checkSettings, checkTargets} from './check-settings.js';
import {checkTables} from './check-tables.js';
import {
  type CheckName,
  checkNames,
  type Finding,
  failed,
  OWN_CODE_REMEDY,
  passedUnless,
  problemsIn,
  unchecked,
} from './findings.js';
import {
  inRuntime,
  isOfOwnCode,
  isTrainedByUsers,
  type LoadOptions,
  loadRecorded,
  loadWithoutSubmission,
  requireRecordedWorkload,
} from './load-recorded.js';
import {type RecordedRun, readRecorded, requireRunFolder} from './recorded-run.js';

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

/** What a process found out about a run. */
export interface Examined {
  readonly findings: readonly Finding[];
  /** Why its time may not count besides, in words. */
  readonly reasons: readonly string[];
  /** Whether something is left that only the code of its submission, which is a user's, can show. */
  readonly needsSubmission: boolean;
}

/**
 * Verifies a run in this process: reads its folder, evaluates its kept checkpoints again, and compares.
 * @param path - the run's folder
 * @throws UserError if there is no such folder, a process is at work in the run, or the engine or the data that it needs is not there
 */
export async function examineRun(path: string, options: ExamineOptions = {}): Promise<Verification> {
  const examined = await examineRecord(path, options);
  return verdict(path, examined, examined.needsSubmission ? await examineSubmission(path, options) : []);
}

/**
 * Examines what a run has recorded, with no code of a user's submission in the process; where there is none, all of it.
 * @param path - the run's folder
 * @throws UserError if there is no such folder, a process is at work in the run, or the engine or the data that it needs is not there
 */
export async function examineRecord(path: string, options: ExamineOptions = {}): Promise<Examined> {
  requireRunFolder(path);
  if (lockHolder(path)) throw new UserError(`${path}: a process is at work in this run; wait for it, or stop it`);
  const run = read(path);
  if (!('meta' in run)) return {findings: [run], reasons: [], needsSubmission: false};
  const {load = (work) => work()} = options;
  const loaded = await loadOrNot(() => {
    requireRecordedCode(run, options);
    return load(() => loadWithoutSubmission(run, options));
  });
  const findings = [
    ...passedUnless(
      'files',
      problemsIn([misplacement(path, run.meta[0]!)]),
      'all files of the run are there, and whole, in the place of its record',
    ),
    ...checkCode(run),
    ...checkTables(run),
  ];
  const reasons = [...(run.result ? [] : ['the run is not over']), ...(run.result?.notOfficialBecause ?? [])];
  if (loaded instanceof UserError) return {findings: [...findings, notLoaded(loaded)], reasons, needsSubmission: false};
  const needsSubmission = isTrainedByUsers(run);
  try {
    return await inRuntime(loaded, async (runtime) => {
      const found = [...findings, ...(await checkedWithout(run, loaded, runtime))];
      const rest = needsSubmission ? [] : await checkedWith(run, loaded, runtime);
      return {findings: [...found, ...rest], reasons, needsSubmission};
    });
  } catch (error) {
    return {findings: [...findings, ownCodeFailed('data', error)], reasons, needsSubmission: false};
  }
}

/** That the run's own code throws here, as for want of a file that it reads by itself, says nothing against the run. */
function ownCodeFailed(check: CheckName, error: unknown): Finding {
  if (!isOfOwnCode(error)) throw error;
  return unchecked(check, `${error.message}; ${OWN_CODE_REMEDY}`);
}

/** Examines what only the code of a run's submission can show: its own keys of the config, and the schedule that it draws. */
export async function examineSubmission(path: string, options: ExamineOptions = {}): Promise<Finding[]> {
  const run = readRecorded(path);
  const {load = (work) => work()} = options;
  const loaded = await loadOrNot(() => {
    requireRecordedCode(run, options);
    return load(() => loadRecorded(run, options));
  });
  if (loaded instanceof UserError) return [notLoaded(loaded)];
  try {
    return await inRuntime(loaded, (runtime) => checkedWith(run, loaded, runtime));
  } catch (error) {
    return [ownCodeFailed('schedule', error)];
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

/** In a process of its own: of a user's code nothing is loaded that the run has not loaded. */
function requireRecordedCode(run: RecordedRun, {workload}: LoadOptions): void {
  requireRecordedWorkload(run, workload);
  // A config that was changed may name code where the run had none.
  if (typeof workload !== 'object' && (hasOwnCode(run) || isTrainedByUsers(run))) requireKnownCode();
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

/** That the run's own code can't be loaded here, as for want of a package, says nothing against the run. */
function notLoaded(error: UserError): Finding {
  if (!(error instanceof ModuleLoadError)) return failed('settings', error.message);
  const isPackage = /Cannot find (package|module) '[^./]/.test(error.message);
  const remedy = isPackage
    ? 'install it above the run, and verify again'
    : 'what the run has loaded needs something else here; where it is a workload, name it where it lies by --workload';
  return unchecked('settings', `${error.message}; ${remedy}`);
}

async function checkedWithout(run: RecordedRun, options: RunOptions, runtime: Runtime): Promise<Finding[]> {
  const {dataset, dataSha256} = runtime;
  const {findings, moments} = await checkEvaluations(run, {runtime, options});
  return [
    ...checkHashes(run, moments),
    ...checkEvaluationSteps(run, options),
    ...checkReasons(run, options, runtime),
    ...checkData(run, dataSha256),
    ...checkTargets(run, options, dataset),
    ...checkResult(run, options.workload),
    ...checkClock(run, moments, budgetSecondsOf(options)),
    ...findings,
  ];
}

async function checkedWith(run: RecordedRun, options: RunOptions, runtime: Runtime): Promise<Finding[]> {
  return [...checkSettings(run, options), ...(await checkSchedule(run, {runtime, options}))];
}

/** @param further - what another process found */
export function verdict(path: string, {findings: own, reasons}: Examined, further: readonly Finding[]): Verification {
  const findings = checkNames.flatMap((name) => [...own, ...further].filter(({check}) => check === name));
  const isConsistent = findings.every(({outcome}) => outcome !== 'failed');
  const notOfficialBecause = [
    ...findings.filter(({outcome}) => outcome !== 'passed').map(({message}) => message),
    ...reasons,
  ];
  return {
    path,
    isConsistent,
    isOfficial: notOfficialBecause.length === 0,
    notOfficialBecause: [...new Set(notOfficialBecause)],
    findings,
  };
}
