import type {Goal} from '../contract/index.js';

/** What times are measured in: seconds on the submission's clock, or steps. */
export type TimeAxis = 'time' | 'steps';

/** What a run has to reach on validation. */
export interface ScoringTarget {
  readonly goal: Goal;
  readonly value: number;
  /** Whether a value that equals the target reaches it. */
  readonly inclusive: boolean;
  /** Seconds on the submission's clock past which reaching it does not count. Absent: there is no limit. */
  readonly limitSeconds?: number | undefined;
}

/** An evaluation of a run, as it counts for its score. */
export interface Evaluated {
  /** Counts from 0, in the order of the run. */
  readonly row: number;
  readonly globalStep: number;
  /** On the submission's clock. */
  readonly seconds: number;
  /** Of the target's metric on validation. */
  readonly value: number;
}

/** One trial's run. */
export interface ScoredRun {
  readonly study: string;
  readonly trial: string;
  /** In their order: all, or those that decide. */
  readonly evaluations: readonly Evaluated[];
}

/** A submission's runs by workload. */
export interface ScoredSubmission {
  readonly name: string;
  readonly runs: ReadonlyMap<string, readonly ScoredRun[]>;
}

/** A held-out workload: a variant of a base workload, which counts for nothing unless both targets are reached. */
export interface HeldOut {
  readonly name: string;
  readonly base: string;
}

/**
 * How scores are made: `written` follows AlgoPerf's rules as they are written down; `0.6` and `1.0` give the numbers of the code of that
 * version, with its faults.
 */
export type ScoringRules = 'written' | '0.6' | '1.0';

/** What is scored, and how. */
export interface Scoring {
  readonly submissions: readonly ScoredSubmission[];
  /** Of each workload that is scored, held-out ones too. */
  readonly targets: ReadonlyMap<string, ScoringTarget>;
  /** The workloads that scores are made of. */
  readonly workloads: readonly string[];
  readonly heldOut?: readonly HeldOut[] | undefined;
  /** Default `time`. */
  readonly by?: TimeAxis;
  /** Default `written`. */
  readonly rules?: ScoringRules;
  /** Studies that a submission has to have of a workload; default: the most that one of the pool has of one. */
  readonly numStudies?: number | undefined;
  /** A submission whose times the ratios are to; default: the fastest of each workload. */
  readonly reference?: string | undefined;
}

/** The time of a target that was not reached. */
export const POSITIVE_INFINITY = Number.POSITIVE_INFINITY;
