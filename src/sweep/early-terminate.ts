import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Problem} from '../config/index.js';
import {FILES, lockHolder, parseNumber, readResult, readTable} from '../runs/index.js';
import {count, counted} from '../support/index.js';
import type {Judge} from '../training/index.js';
import {bracketsOf, type HyperbandRule, type Verdict, verdictOn} from './hyperband.js';
import type {SweepSpec} from './schema.js';
import {pathOfOrder, type RecordedRun, readSweepRecord} from './sweep-record.js';

/** What may end a run of a sweep early. */
export interface EarlyTerminate {
  readonly rule: HyperbandRule;
  /** Its column in a run's evaluations. */
  readonly metric: string;
  readonly goal: 'minimize' | 'maximize';
}

/** A run that may be ended early. */
export interface JudgedRun extends RecordedRun {
  readonly earlyTerminate?: EarlyTerminate | undefined;
}

/** How runs are waited for, in milliseconds. */
export interface Waiting {
  /** From one look at them to the next. */
  readonly look: number;
  /** How long for one that no process is at work in: one may be about to begin. */
  readonly patience: number;
}

const WAITING: Waiting = {look: 300, patience: 60_000};

/**
 * Judges a run of a sweep at its brackets against the earlier runs of its workload in the sweep's order, as if they were done one after
 * the other: an earlier run that is still at work is waited for until it has reached the bracket, too. So the outcome does not depend on
 * how many run at a time.
 * @returns undefined: the sweep ends no run early
 */
export function judgeOf(run: JudgedRun, dir: string, waiting: Waiting = WAITING): Judge | undefined {
  const {earlyTerminate} = run;
  if (!earlyTerminate) return undefined;
  const {rule, metric, goal} = earlyTerminate;
  const brackets = bracketsOf(rule);
  const signed = (value: number | undefined): number => (goal === 'minimize' ? 1 : -1) * (value ?? Number.NaN);
  const valuesIn = (path: string): number[] =>
    readTable(join(path, FILES.evaluations))
      .map((row) => signed(parseNumber(row[metric])))
      .filter(Number.isFinite);
  let {patience} = waiting;
  let before: readonly string[] | undefined;
  return async (evaluations, signal) => {
    const own = evaluations.map(({metrics}) => signed(metrics[metric])).filter(Number.isFinite);
    if (!brackets.includes(own.length)) return undefined;
    before ??= pathsBefore(run, dir);
    const lacks = (path: string): boolean => valuesIn(path).length < own.length;
    const missed = await waitFor(before, {lacks, signal, look: waiting.look, patience});
    if (!missed) return undefined;
    // Once is enough: a run whose process was killed would hold up every bracket of all that follow.
    if (missed.length > 0) patience = 0;
    const verdict = verdictOn(own, before.map(valuesIn), rule)!;
    return {message: inWords(verdict, {...earlyTerminate, missed: missed.length}), isOver: verdict.isOver};
  };
}

/** The folders of a workload's runs that come before one in a sweep's order; none if it is no longer in the sweep. */
function pathsBefore({name, experiment, workloadName: workload}: RecordedRun, dir: string): string[] {
  const sweep = join(dir, experiment.slice(0, -name.length));
  const runs = readSweepRecord(sweep).filter((run) => run.workloadName === workload);
  const own = runs.findIndex((run) => run.experiment === experiment);
  return runs.slice(0, Math.max(0, own)).map((run) => pathOfOrder(dir, run));
}

interface WaitOptions extends Waiting {
  /** Whether a run's table has not got as far. */
  readonly lacks: (path: string) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits until no run that lacks an evaluation is at work, or is about to be.
 * @returns runs without a process that have not come to an end, after some patience; undefined: the waiting was given up
 */
async function waitFor(
  paths: readonly string[],
  {lacks, signal, look, patience}: WaitOptions,
): Promise<string[] | undefined> {
  const begun = performance.now();
  let waited = paths.filter(lacks);
  for (;;) {
    const atWork = waited.filter((path) => lockHolder(path) !== undefined);
    // In this order: a run that ends has its result before its lock goes.
    const open = waited.filter((path) => atWork.includes(path) || readResult(path) === undefined);
    waited = open.filter(lacks);
    const isPatient = performance.now() - begun < patience;
    if (waited.length === 0 || (!isPatient && !waited.some((path) => atWork.includes(path)))) return waited;
    if (signal.aborted) return undefined;
    await sleep(look, undefined, {signal}).catch(() => {});
  }
}

function inWords(
  {bracket, value, threshold, runs, isOver}: Verdict,
  {metric, goal, rule, missed}: EarlyTerminate & {readonly missed: number},
): string {
  const shown = (each: number): string => String(Number((goal === 'minimize' ? each : -each).toPrecision(6)));
  const which = `hyperband, evaluation ${bracket}: its ${rule.strict ? '' : 'best '}${metric}, ${shown(value)}, is`;
  const limit = `${isOver ? 'worse than' : 'within'} ${shown(threshold)}, the limit among ${count(runs)} runs`;
  const without = missed > 0 ? `; without ${counted(missed, 'earlier run')} that no process was at work in` : '';
  return `${which} ${runs === 1 ? 'the first to come this far' : limit}${without}`;
}

/** What is wrong in `early_terminate` beyond its single keys. */
export function earlyTerminateProblems({early_terminate: spec, metric}: SweepSpec): Problem[] {
  if (!spec) return [];
  const {min_iter, max_iter, s, eta} = spec;
  const at = (key: string, message: string, ofKey = false): Problem => ({
    path: ['early_terminate', key],
    message,
    ofKey,
  });
  const problems: Problem[] = [];
  if (metric?.name === 'time_to_target')
    problems.push({
      path: ['metric', 'name'],
      message: 'early_terminate needs a metric that every evaluation has, found time_to_target',
    });
  if (min_iter === undefined && max_iter === undefined)
    problems.push({path: ['early_terminate'], ofKey: true, message: 'needs min_iter, or max_iter and s'});
  if (min_iter !== undefined && max_iter !== undefined)
    problems.push(at('min_iter', 'cannot stand beside max_iter, from which the brackets are counted back', true));
  if (max_iter !== undefined && s === undefined)
    problems.push(at('max_iter', 'needs s, the number of brackets before it', true));
  if (max_iter === undefined && s !== undefined) problems.push(at('s', 'means nothing without max_iter', true));
  if (max_iter !== undefined && max_iter < eta)
    problems.push(
      at('max_iter', `must be at least eta, which is ${eta}, for one bracket before it, found ${max_iter}`),
    );
  return problems;
}
