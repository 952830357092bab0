import {join} from 'node:path';
import {parse} from 'yaml';
import {quoted} from '../config/index.js';
import {endingInWords, runPath, statusInWords} from '../runs/index.js';
import {count, UserError} from '../support/index.js';
import type {FoundTrial, PlannedTrial, StudyResult, TrialResult, TuningPlan, TuningResult} from '../tuning/index.js';
import {secondsCell, withMarkNote} from './official-mark.js';
import {table} from './table.js';

/** A trial as messages call it: `study 1, trial 2`. */
export function trialName({study, trial}: Pick<PlannedTrial | TrialResult, 'study' | 'trial'>): string {
  return `${(study ?? null) === null ? '' : `study ${study}, `}trial ${trial}`;
}

/** How many trials there are, and how far they have come: `15 trials: 4 complete, 1 unfinished, 10 new`. */
export function countsText(found: readonly FoundTrial[]): string {
  const states = found.map(({standing}) => (standing?.state === 'absent' ? 'new' : (standing?.state ?? 'refused')));
  const counts = ['complete', 'unfinished', 'refused', 'new'].flatMap((state) => {
    const number = states.filter((each) => each === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  return `${found.length} ${found.length === 1 ? 'trial' : 'trials'}: ${counts.join(', ')}`;
}

/** The trials of a plan, one a row: points, seeds, and how far each has come. */
export function trialsTable({trials}: TuningPlan, found: readonly FoundTrial[]): string {
  const hasStudies = trials.some(({study}) => study !== undefined);
  const names = Object.keys(trials[0]?.point ?? {});
  const columns = [...(hasStudies ? ['study'] : []), 'trial', 'seed', ...names, 'state'];
  const rows = found.map(({trial, standing}) => [
    ...(hasStudies ? [trial.study!] : []),
    trial.trial,
    trial.rngSeed,
    ...names.map((name) => quoted(trial.point[name])),
    stateText(trial, standing),
  ]);
  return table(columns, rows);
}

function stateText({run}: PlannedTrial, standing: FoundTrial['standing']): string {
  if (run instanceof UserError) return `refused: ${run.message.split('\n').join('; ')}`;
  if (!standing || standing.state === 'absent') return 'new';
  if (standing.state === 'refused') return `tried without success: ${standing.result?.reason ?? 'it has no result'}`;
  if (standing.result) return endingInWords(standing.result);
  return `unfinished, step ${count(standing.globalStep)}`;
}

/** What a dry run shows. */
export interface DryRun {
  readonly plan: TuningPlan;
  readonly found: readonly FoundTrial[];
  readonly experimentDir: string;
  readonly rngSeed?: number;
}

/** The trials with their resolved configs, for scripts. */
export function dryRunValue({plan, found, experimentDir, rngSeed}: DryRun): object {
  const {experiment, workload, record, isTuning, isBegun} = plan;
  return {
    workload: workload.name,
    experiment,
    path: join(experimentDir, experiment),
    tuningRuleset: isTuning ? record.tuning_ruleset : null,
    rngSeed: record.rng_seed,
    isSeedDrawn: rngSeed === undefined && !isBegun,
    numTuningTrials: record.num_tuning_trials,
    numStudies: record.num_studies,
    trials: found.map(({trial, standing}) => ({
      study: trial.study ?? null,
      trial: trial.trial,
      rngSeed: trial.rngSeed,
      path: runPath(experimentDir, {...trial, experiment, workload: workload.name}),
      state: standing?.state ?? 'refused',
      point: trial.point,
      ...(trial.run instanceof UserError
        ? {config: null, refusal: trial.run.message}
        : {config: parse(trial.run.loaded.resolved) as object}),
    })),
  };
}

/** The table of the trials, then the resolved config of each as a YAML document. */
export function dryRunText({plan, found, experimentDir, rngSeed}: DryRun): string {
  const {experiment, record, isBegun} = plan;
  const isDrawn = rngSeed === undefined && !isBegun;
  const seed = isDrawn ? `, drawn for this table: --rng-seed ${record.rng_seed} keeps it` : '';
  return [
    `${join(experimentDir, experiment)}: ${countsText(found)}; seed ${record.rng_seed}${seed}`,
    trialsTable(plan, found),
    ...found.map(({trial}) => configText(trial)),
  ].join('\n');
}

function configText(trial: PlannedTrial): string {
  const {run} = trial;
  const text =
    run instanceof UserError ? `# refused: ${run.message.split('\n').join('\n# ')}` : withoutHead(run.loaded.resolved);
  return `---\n# ${trialName(trial)}\n${text}`;
}

/** The config without the line that says what the file is. */
function withoutHead(resolved: string): string {
  return resolved.replace(/^#.*\n/, '').trimEnd();
}

/** The results of trials: a row per trial, a line per study, and the workload's time to target. */
export function resultText(result: TuningResult): string {
  const {trials, studies, workload, metric} = result;
  const hasStudies = trials.some(({study}) => study !== null);
  const columns = [...(hasStudies ? ['study'] : []), 'trial', 'status', 'steps', metric, 'at step', 'to target (s)'];
  return [
    withMarkNote(
      table(
        columns,
        trials.map((trial) => [...(hasStudies ? [trial.study!] : []), ...cells(trial)]),
      ),
    ),
    ...trials
      .filter(({status}) => status === 'failed' || status === 'refused')
      .map((trial) => `${trialName(trial)} ${trial.status}: ${trial.reason}`),
    ...studies.map((study) => studyText(study)),
    `${workload}: ${scoreText(result)}`,
  ].join('\n');
}

function cells({trial, status, globalStep, best, timeToTarget, official}: TrialResult): (string | number)[] {
  return [
    trial,
    statusInWords({status, timeToTarget}),
    count(globalStep),
    best?.value.toFixed(4) ?? '-',
    best ? count(best.globalStep) : '-',
    secondsCell({seconds: timeToTarget?.seconds, official}),
  ];
}

function studyText({study, bestTrial, secondsToTarget, official}: StudyResult): string {
  const name = study === null ? 'best' : `study ${study}`;
  if (bestTrial === null || secondsToTarget === null) return `${name}: no trial reached the target`;
  return `${name}: trial ${bestTrial}, target reached after ${secondsText(secondsToTarget, official)}`;
}

function scoreText({studies, trials, secondsToTarget, official}: TuningResult): string {
  if (secondsToTarget === undefined) {
    const isOpen = trials.some(({status}) => status === 'running' || status === 'unfinished');
    if (isOpen) return 'not all trials are complete; the same command continues with them';
    return 'a part of the trials; the same command without --study, --hparam-start-index and --hparam-end-index runs the rest and reports the overall result';
  }
  if (secondsToTarget === null)
    return `the target is not reached${studies.length > 1 ? ` by the median of ${studies.length} studies` : ''}`;
  const median = studies.length > 1 ? `the median of ${studies.length} studies` : undefined;
  return `target reached after ${secondsText(secondsToTarget, official, median)}`;
}

function secondsText(seconds: number, official: boolean | null, what?: string): string {
  return `${seconds.toFixed(2)} s${what === undefined ? '' : `, ${what}`}${official ? '' : ' (not official)'}`;
}
