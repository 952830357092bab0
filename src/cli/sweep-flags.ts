/** Flags of `sweep check`. */
export interface SweepCheckFlags {
  readonly json?: boolean;
}

/** Flags of `sweep`. */
export interface SweepFlags {
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
