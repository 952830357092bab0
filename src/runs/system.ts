import {execFileSync} from 'node:child_process';
import {arch, cpus, freemem, platform, release, totalmem} from 'node:os';
import type {Workload} from '../contract/index.js';
import {targetRuleOf} from '../metrics/index.js';
import {environment} from '../support/index.js';
import {gpuFacts} from './gpus.js';
import {officialBy} from './result.js';
import {targetFacts} from './target-facts.js';
import {codeFacts, type UserCode} from './user-code.js';

export interface RunFacts {
  readonly workload: Workload;
  readonly rngSeed: number;
  readonly backend: string;
  /** What the engine computes on: `cpu` or `gpu`. */
  readonly device: string;
  readonly dataSource: string;
  readonly dataSha256: string;
  readonly exampleCounts: {readonly train: number; readonly validation: number; readonly test?: number};
  /** Why the run's time is not official; empty: it is. */
  readonly notOfficial: readonly string[];
  /** The user's own code that the process runs. */
  readonly code: readonly UserCode[];
  readonly version: string;
  /** Absent: none. */
  readonly tuning?: TuningFacts | undefined;
}

/** The tuning that a trial belongs to. */
export interface TuningFacts {
  /** AlgoPerf's: with a search space from outside, or a submission that tunes itself and has more time for it. */
  readonly ruleset: 'external' | 'self';
  /** The seed of all studies. */
  readonly seed: number;
  /** Counts from 1. */
  readonly study: number;
  /** Counts from 1. */
  readonly trial: number;
}

/** The content of `meta_data_N.json`: what the run was of and what it ran on. The machine's name is left out on purpose. */
export function metaData(facts: RunFacts): {[name: string]: unknown} {
  const {workload} = facts;
  const [processor] = cpus();
  const {official, notOfficialBecause} = officialBy(facts.notOfficial);
  return {
    begun: new Date().toISOString(),
    official,
    not_official_because: notOfficialBecause,
    rng_seed: facts.rngSeed,
    ...(facts.tuning && tuningFacts(facts.tuning)),
    backend: facts.backend,
    device: facts.device,
    algoperf_ts_version: facts.version,
    ...workloadFacts(workload, facts.exampleCounts),
    data_source: facts.dataSource,
    data_sha256: facts.dataSha256,
    os_platform: `${platform()} ${release()} ${arch()}`,
    node_version: process.version,
    cpu_model_name: processor?.model ?? 'unknown',
    cpu_count: cpus().length,
    'mem.total': totalmem(),
    'mem.available': freemem(),
    ...gpuFacts(),
    ...codeFacts(facts.code),
    ...gitFacts(),
  };
}

/** What `meta_data_N.json` says of the workload: its targets, its budget, and how many examples there were. */
export function workloadFacts(workload: Workload, counts: RunFacts['exampleCounts']): {[name: string]: unknown} {
  return {
    'workload.name': workload.name,
    ...targetFacts(targetRuleOf(workload)),
    'workload.step_hint': workload.budget.stepHint,
    'workload.max_allowed_runtime_sec': workload.budget.seconds,
    'workload.eval_period_time_sec': workload.budget.evalEverySeconds,
    'workload.eval_batch_size': workload.evalBatchSize,
    'workload.num_train_examples': counts.train,
    'workload.num_validation_examples': counts.validation,
    'workload.num_test_examples': counts.test ?? null,
  };
}

function tuningFacts({ruleset, seed, study, trial}: TuningFacts): {[name: string]: unknown} {
  return {tuning_ruleset: ruleset, tuning_rng_seed: seed, study, trial};
}

/** Branch and commit of the folder that the run was started in, where it is under version control. */
function gitFacts(): {[name: string]: string} {
  const ask = (...words: string[]) =>
    execFileSync('git', words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 1000,
      env: environment(),
    }).trim();
  try {
    return {git_branch: ask('rev-parse', '--abbrev-ref', 'HEAD'), git_commit_hash: ask('rev-parse', 'HEAD')};
  } catch {
    return {};
  }
}
