import {closeSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {type LoadingProgress, recordNames} from '../contract/index.js';
import {countsOf} from '../data/index.js';
import {FILES} from '../runs/index.js';
import {count, type Log} from '../support/index.js';
import type {ProgressView, RunWatcher} from '../training/index.js';
import {fitText, type SpeedMark} from './estimate-text.js';
import {profileTable} from './profile-table.js';
import type {Tell} from './supervisor-link.js';
import {progressParts, type Terminal} from './terminal.js';

/** Events that are shown as warnings. */
const WARNINGS = new Set(['not_finite', 'no_value', 'tensor_leak', recordNames.events.zeroedModel]);

/** What a watcher shows, and where. */
export interface Watching {
  readonly log: Log;
  readonly tell: Tell;
  readonly terminal: Terminal | undefined;
  readonly metric: string;
}

/** Shows a run, or several one after the other, to the user, and logs it in the run's folder. */
export function createWatcher({log, tell, terminal, metric}: Watching): RunWatcher {
  const {logger} = log;
  let begun: Beginning | undefined;
  let file: number | undefined;
  const sayEvaluating = terminal ? undefined : evaluationLines(logger);
  return {
    loading: sayLoading(logger, terminal),
    engine: ({backend, device, description, reason}) =>
      logger.info(`engine: ${backend} on the ${device.toUpperCase()} (${description}); ${reason}`),
    folder({path, experiment, logFile}) {
      tell({folder: {path, experiment}, result: {file: join(path, FILES.result), text: null}});
      if (file === undefined) log.add({write: (line) => void writeSync(file!, line)});
      else closeSync(file);
      file = openSync(logFile, 'a');
      begun = undefined;
      logger.info(`run folder: ${path}`);
    },
    result: (written) => tell({result: written}),
    lost: ({path}) => tell({lostResult: join(path, FILES.result)}),
    data: (dataset) => {
      const {source, note} = dataset;
      const counts = Object.entries(countsOf(dataset)).map(([split, examples]) => `${count(examples)} ${split}`);
      logger.info(`data: ${source} (${counts.join(', ')} examples)${note === undefined ? '' : `; ${note}`}`);
    },
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    profile: (report) => logger.info(profileTable(report)),
    event: ({globalStep, name, message}) => {
      if (name === 'checkpoint') logger.debug({global_step: globalStep, event: name}, message);
      else if (WARNINGS.has(name)) logger.warn({global_step: globalStep, event: name}, message);
      else logger.info({global_step: globalStep, event: name}, message);
    },
    progress(view) {
      begun ??= {
        at: performance.now(),
        globalStep: view.globalStep,
        submission: view.times.submission,
        isFitSaid: false,
      };
      sayFit(logger, view, begun);
      sayEvaluating?.(view);
      terminal?.progress(progressParts(view, secondsLeft(view, begun), metric));
    },
  };
}

/** Data that is opened sooner is not spoken of. */
const LOADING_MILLISECONDS = 2000;

/** What takes long is said once, as a line; on a terminal its share is kept up to date. */
function sayLoading(logger: Log['logger'], terminal: Terminal | undefined): LoadingProgress {
  const begun = new Map<string, {readonly at: number; isSaid: boolean}>();
  return (work, share) => {
    const of = begun.get(work) ?? {at: performance.now(), isSaid: false};
    begun.set(work, of);
    if (share >= 1) return terminal?.clear();
    if (performance.now() - of.at < LOADING_MILLISECONDS) return;
    if (!of.isSaid) logger.info(`data: ${work}, which is done once`);
    of.isSaid = true;
    terminal?.progress([{rank: 0, text: `${work} ${Math.floor(100 * share)} %`}]);
  };
}

/** Where there is no progress line: when an evaluation is first spoken of, and from when to when. */
const [FIRST_EVALUATING_MILLISECONDS, EVALUATING_MILLISECONDS] = [60_000, 300_000];

/** A line of how far an evaluation is, for those that take minutes. */
function evaluationLines(logger: Log['logger']): (view: ProgressView) => void {
  let current = -1;
  let next = 0;
  return ({globalStep, evaluated}) => {
    if (evaluated === undefined) return;
    const now = performance.now();
    if (globalStep !== current) [current, next] = [globalStep, now + FIRST_EVALUATING_MILLISECONDS];
    if (now < next) return;
    next = now + EVALUATING_MILLISECONDS;
    logger.info(`evaluating after step ${count(globalStep)}: ${(100 * evaluated).toFixed(1)} %`);
  };
}

/** The state of a run when it was first observed. */
interface Beginning extends SpeedMark {
  /** By `performance.now()`. */
  readonly at: number;
  isFitSaid: boolean;
}

/** Once: whether the schedule fits the budget. Timing steps before the run would speed up its own first ones. */
function sayFit(logger: Log['logger'], view: ProgressView, begun: Beginning): void {
  const said = begun.isFitSaid ? undefined : fitText(view, begun);
  if (!said) return;
  begun.isFitSaid = true;
  if (said.fits) logger.info(said.text);
  else logger.warn(said.text);
}

function secondsLeft({globalStep, totalSteps}: ProgressView, begun: Beginning): number | undefined {
  const done = globalStep - begun.globalStep;
  if (totalSteps === undefined || done < 1) return undefined;
  return ((performance.now() - begun.at) / 1000 / done) * (totalSteps - globalStep);
}
