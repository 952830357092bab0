import type {SlurmRequest} from '../sweep/index.js';

/** Flags of `sweep check`. */
export interface SweepCheckFlags {
  readonly json?: boolean;
}

/** Who does the runs. */
export const launchers = ['local', 'slurm', 'print', 'command'] as const;

/** Flags of `sweep`. */
export interface SweepFlags extends SlurmRequest {
  readonly launcher: (typeof launchers)[number];
  /** With --launcher command. */
  readonly template?: string;
  readonly runsPerTask?: number;
  readonly experimentDir: string;
  readonly backend: string;
  /** False with --no-compile. */
  readonly compile: boolean;
  readonly dataDir?: string;
  readonly maxGlobalSteps?: number;
  readonly maxRuntime?: number;
  readonly jobs?: number;
  readonly retry: number;
  readonly failFast?: boolean;
  readonly dryRun?: boolean;
  /** False with --no-estimate. */
  readonly estimate: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}
