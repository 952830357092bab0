import {join} from 'node:path';
import {bestEvaluation, firstAtTarget, type TargetSplit, targetRuleOf} from '../metrics/index.js';
import {
  checkpointSteps,
  FILES,
  hashesOf,
  parseNumber,
  readTable,
  type UserModules,
  workloadToConfirm,
} from '../runs/index.js';
import {UserError} from '../support/index.js';
import type {OpenRun} from './prepare.js';
import type {Claim, ClaimedCode, ClaimedEvaluation, Ending, TimedEvaluation} from './trial-types.js';

/**
 * Has the evaluations that reached the targets confirmed, if there is somebody to do it and the run's time would count.
 * @returns why they do not count, in words; undefined: the run is to stop, and the answer was not waited for
 */
export async function doubtsAbout(
  run: Pick<OpenRun, 'options' | 'folder' | 'evaluations' | 'settings' | 'record'>,
  ending: Ending,
): Promise<readonly string[] | undefined> {
  const {options, folder, settings, record} = run;
  const {confirm, signal, watcher, modules} = options;
  if (!confirm || ending.status === 'interrupted' || folder.notOfficial.length > 0) return [];
  const steps = stepsAtTargets(run);
  if (Object.keys(steps).length === 0) return [];
  const code = codeOf(modules);
  if (code instanceof UserError) return [code.message];
  watcher.info('evaluating what reached the target once more, in a process without the code of the submission');
  const evaluations = claimedEvaluations(run, Object.values(steps));
  const claim = {path: folder.path, steps, evaluations, settings, checkpoints: record.checkpoints()};
  return Promise.race([confirm({...claim, workloadCode: code}), aborted(signal)]);
}

function stepsAtTargets({options, evaluations}: Pick<OpenRun, 'options' | 'evaluations'>): Claim['steps'] {
  const rule = targetRuleOf(options.workload);
  const splits: readonly TargetSplit[] = ['validation', 'test'];
  return Object.fromEntries(
    splits.flatMap((split) => {
      const step = firstAtTarget(evaluations, rule, split)?.globalStep;
      return step === undefined ? [] : [[split, step]];
    }),
  );
}

/** Those at the targets, and the best one and the last, as far as there are checkpoints of them. */
function claimedEvaluations(
  {options, folder, evaluations}: Pick<OpenRun, 'options' | 'folder' | 'evaluations'>,
  atTargets: readonly number[],
): ClaimedEvaluation[] {
  const kept = checkpointSteps(folder.path);
  const named = [bestEvaluation(evaluations, targetRuleOf(options.workload)), evaluations.at(-1)];
  const others = named.flatMap((each) => each?.globalStep ?? []).filter((step) => kept.includes(step));
  const steps = new Set([...atTargets, ...others]);
  const processes = processesIn(folder.path);
  return evaluations.filter(({globalStep}) => steps.has(globalStep)).map((each) => claimed(each, processes));
}

function claimed({globalStep, metrics}: TimedEvaluation, processes: ReadonlyMap<number, number>): ClaimedEvaluation {
  const texts = Object.entries(metrics).map(([name, value]) => [name, String(value)]);
  return {globalStep, process: processes.get(globalStep) ?? 0, metrics: Object.fromEntries(texts)};
}

/** Which of a run's processes made its evaluations, by their steps. */
function processesIn(path: string): Map<number, number> {
  const rows = readTable(join(path, FILES.evaluations));
  return new Map(rows.map((row) => [parseNumber(row.global_step), parseNumber(row.preemption_count)]));
}

/**
 * The workload's code, where it is a user's own.
 * @returns a UserError if what was loaded of it is not one code
 */
function codeOf(modules: UserModules = {}): ClaimedCode | UserError | undefined {
  const {workload} = modules;
  if (workload === undefined) return undefined;
  try {
    const {folder, modules: asked, files, imports} = workloadToConfirm({...modules, workload});
    return {folder, entry: asked[workload]!, hashes: hashesOf(files), imports};
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), {once: true});
  });
}
