import type {ConfigSource} from '../config/index.js';
import {endingInWords} from '../runs/index.js';
import {type Log, UserError} from '../support/index.js';
import {type Confirm, loadParts, type Standing} from '../training/index.js';
import {
  estimateTrial,
  findTrials,
  isPart,
  keepRecord,
  type PlannedTrial,
  planTuning,
  requireTuningOptions,
  runTrials,
  type TuningPlan,
  type TuningWatcher,
  tuningResult,
} from '../tuning/index.js';
import {estimateText} from './estimate-text.js';
import {exitCodeOf} from './exit.js';
import {EXIT} from './exit-codes.js';
import type {RunFlags} from './run-flags.js';
import {createWatcher} from './run-watcher.js';
import type {RunTask, Tell} from './supervisor-link.js';
import {printed} from './table.js';
import type {Terminal} from './terminal.js';
import {countsText, dryRunText, dryRunValue, resultText, trialName, trialsTable} from './trials-table.js';

/** What a process needs to run trials. */
export interface TuningProcess {
  readonly flags: RunFlags;
  readonly source: ConfigSource;
  /** Loads what may be user code. */
  readonly load: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether any of it is user code. */
  readonly isUsers: boolean;
  readonly log: Log;
  readonly terminal: Terminal | undefined;
  readonly tell: Tell;
  readonly confirm: Confirm | undefined;
  readonly attempts: RunTask['attempts'];
  readonly signal: AbortSignal;
}

/**
 * Runs trials, or shows them; the supervisor prints the result, and starts a further process where that is asked for.
 * @returns the exit code
 */
export async function tuningCommand(own: TuningProcess): Promise<number> {
  const {flags, source, load, log, terminal, tell, attempts} = own;
  requireTuningOptions(flags);
  if (flags.config === '-')
    throw new UserError('--config -: trials may be run by several processes, so it must be a file');
  const parts = await load(() => loadParts(flags, source));
  const experiment = attempts[0]?.experiment ?? flags.experimentName;
  const overwrite = flags.overwrite === true && attempts.length === 0;
  const warn = (message: string): void => log.logger.warn(message);
  const plan = planTuning({...flags, experimentName: experiment, overwrite, warn}, source, parts);
  const common = {...flags, overwrite, flags, confirm: own.confirm, signal: own.signal};
  const found = findTrials(plan, common);
  if (flags.dryRun) {
    const view = {plan, found, ...flags};
    tell({print: printed(dryRunValue(view), () => dryRunText(view), flags.json)});
    return EXIT.done;
  }
  if (flags.estimate) {
    const watcher = watcherOf(own, plan);
    const estimate = await estimateTrial(plan, {...common, watcher}).finally(() => terminal?.clear());
    tell({print: printed({...estimate, trials: found.length}, () => estimateText(estimate, found.length), flags.json)});
    return EXIT.done;
  }
  if (flags.resume && !plan.isBegun) throw new UserError(nothingToResume(plan));
  if (attempts.length === 0) log.logger.info(`${plan.experiment}: ${countsText(found)}\n${trialsTable(plan, found)}`);
  await keepRecord(plan, {...common, isPart: isPart(flags)});
  const watcher = watcherOf(own, plan);
  const renewal = own.isUsers ? 'after each' : 'after failures';
  return report(own, plan, await runTrials(plan, found, {...common, watcher, attempts, renewal}));
}

function nothingToResume({experiment}: TuningPlan): string {
  return `--resume: there are no trials of ${experiment}; leave out --resume to begin them`;
}

function watcherOf({log, tell, terminal}: TuningProcess, plan: TuningPlan): TuningWatcher {
  const watcher = createWatcher({log, tell, terminal, metric: plan.workload.target.metric});
  const {engine, data} = {engine: once(watcher.engine), data: once(watcher.data)};
  return {
    ...watcher,
    engine,
    data,
    trial(trial, standing) {
      tell({trial: {experiment: plan.experiment, study: trial.study, trial: trial.trial}});
      log.logger.info(`${trialName(trial)}: ${beginning(standing)}`);
    },
    ended() {
      terminal?.clear();
      tell({isTrialOver: true});
    },
    busy: (trial) => log.logger.info(`${trialName(trial)}: another process is at work in it; it is left to that one`),
    failed(trial: PlannedTrial, error: unknown) {
      log.logger.error(`${trialName(trial)} has failed:`);
      exitCodeOf(error);
    },
  };
}

/** What all trials have in common is printed once. */
function once<T>(say: (value: T) => void): (value: T) => void {
  let isSaid = false;
  return (value) => {
    if (!isSaid) say(value);
    isSaid = true;
  };
}

function beginning({state, globalStep, result}: Standing): string {
  if (state !== 'unfinished') return 'begins';
  return `continues after step ${globalStep}${result ? ` (it was ${endingInWords(result)})` : ''}`;
}

function report(
  {flags, log, tell, terminal}: TuningProcess,
  plan: TuningPlan,
  end: Awaited<ReturnType<typeof runTrials>>,
): number {
  terminal?.clear();
  if (end === 'renew') {
    tell({isToBeRenewed: true});
    return EXIT.done;
  }
  const result = tuningResult(plan, flags.experimentDir, isPart(flags));
  if (end === 'interrupted') {
    const name = flags.experimentName === undefined ? ` with --experiment-name ${plan.experiment}` : '';
    log.notice(`interrupted; to continue: the same command${name}`);
    if (flags.json) tell({print: printed({status: 'interrupted', ...result}, () => '', true)});
    return EXIT.interrupted;
  }
  tell({print: printed({status: 'complete', ...result}, () => resultText(result), flags.json)});
  return result.failures > 0 ? EXIT.trialFailed : EXIT.done;
}
