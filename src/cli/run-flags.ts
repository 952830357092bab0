import type {LogLevel} from '../support/index.js';
import type {TuningOptions} from '../tuning/index.js';
import type {LogFlags} from './log-flags.js';

/** Flags of `run`. */
export interface RunFlags extends TuningOptions, LogFlags {
  readonly workload: string;
  readonly config?: string;
  readonly submission?: string;
  readonly experimentDir: string;
  readonly experimentName?: string;
  readonly backend: string;
  /** False with --no-compile. */
  readonly compile: boolean;
  readonly dataDir?: string;
  readonly rngSeed?: number;
  readonly maxGlobalSteps?: number;
  readonly maxRuntime?: number;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly beginOrResume?: boolean;
  readonly withChangedSubmission?: boolean;
  /** Show the trials and their configs, and write nothing. */
  readonly dryRun?: boolean;
  /** Say whether the trials fit their budget, and write nothing. */
  readonly estimate?: boolean;
  readonly set: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  readonly quiet?: boolean;
  readonly json?: boolean;
}
