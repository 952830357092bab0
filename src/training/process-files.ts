import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {countsOf} from '../data/index.js';
import {codeFacts, metaData, numbered, officialBy, type UserCode} from '../runs/index.js';
import {version, writeWhole} from '../support/index.js';
import type {RunOptions} from './run-options.js';
import type {Runtime} from './runtime.js';

/** What a process of a run records. */
export interface ProcessFacts {
  readonly seed: number;
  /** How often the run was resumed. */
  readonly preemptionCount: number;
  /** Why the run's time is not official, in its processes so far and in this one; empty: it is. */
  readonly notOfficial: readonly string[];
  /** The user's own code. */
  readonly code: readonly UserCode[];
}

/** What each process of a run records: its flags, and what it ran on which machine. */
export function processFiles(options: RunOptions, runtime: Runtime, facts: ProcessFacts): {[name: string]: string} {
  const {engine, dataset, dataSha256} = runtime;
  const {seed, preemptionCount, notOfficial, code} = facts;
  const meta = metaData({
    workload: options.workload,
    rngSeed: seed,
    backend: engine.backend,
    device: engine.device,
    dataSource: dataset.source,
    dataSha256,
    exampleCounts: countsOf(dataset),
    notOfficial,
    code,
    version,
    tuning: options.tuning,
  });
  return {
    [numbered('flags', preemptionCount)]: json(options.flags),
    [numbered('meta_data', preemptionCount)]: json(meta),
  };
}

/** Adds to what a process of a run has left why the run's time is not official: what continues with it reads that there. */
export function noteReasons(path: string, preemptionCount: number, reasons: readonly string[]): void {
  const file = join(path, numbered('meta_data', preemptionCount));
  const meta = metaIn(file);
  const {official, notOfficialBecause} = officialBy([...(meta.not_official_because ?? []), ...reasons]);
  writeWhole(file, json({...meta, official, not_official_because: notOfficialBecause}));
}

/** Adds to what a process of a run has left the code that it has loaded since. */
export function noteCode(path: string, preemptionCount: number, code: readonly UserCode[]): void {
  const file = join(path, numbered('meta_data', preemptionCount));
  writeWhole(file, json({...metaIn(file), ...codeFacts(code)}));
}

/** The file may be what was changed: the reasons are kept all the same. */
function metaIn(file: string): {readonly not_official_because?: readonly string[]} {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

/** A file's content in JSON. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** How much longer than the workload's budget a submission may take that tunes itself. */
const SELF_TUNING_FACTOR = 1.5;

/** Seconds on the submission's clock that the ruleset allows a run. */
export function allowedSeconds({workload, tuning}: Pick<RunOptions, 'workload' | 'tuning'>): number {
  return workload.budget.seconds * (tuning?.ruleset === 'self' ? SELF_TUNING_FACTOR : 1);
}

/**
 * Why the time of a run with such options on such data is not official; empty: it is. Of data with the workload's example counts the
 * fingerprint decides, where the workload has one. A limit of steps is no reason: AlgoPerf's scoring
 * runs have one, and a submission could stop there by itself.
 * @see {@link https://github.com/mlcommons/algorithmic-efficiency | AlgoPerf}, `scoring/run_workloads.py`
 */
export function reasonsNotOfficial(
  options: RunOptions,
  {dataset, dataSha256}: Pick<Runtime, 'dataset' | 'dataSha256'>,
): string[] {
  const {workload, loaded, maxRuntime, modules = {}} = options;
  const {examples} = workload;
  const counts = countsOf(dataset);
  const reasons: string[] = [];
  if (loaded.config.evaluation.everySteps !== undefined)
    reasons.push('evaluation.every_steps: evaluated by steps, not by time');
  if (maxRuntime !== undefined && maxRuntime > allowedSeconds(options))
    reasons.push("--max-runtime is longer than the workload's budget");
  if (
    loaded.config.checkpoints.keep === 'none' &&
    Object.values(modules)
      .flat()
      .some((path) => path !== undefined)
  )
    reasons.push("checkpoints.keep: none: what reaches the target by code of your own can't be evaluated again");
  const isStandard = (['train', 'validation', 'test'] as const).every((split) => counts[split] === examples[split]);
  if (!isStandard) reasons.push("the data has other example counts than the workload's");
  else if (workload.dataSha256 !== undefined && workload.dataSha256 !== dataSha256)
    reasons.push("the data is not the workload's: it has another fingerprint");
  return reasons;
}
