/** What a report's page shows, as plain data that JSON can hold: numbers that are not finite are null. */

/** Values by the global steps at which they were recorded. */
export interface SeriesTable {
  readonly steps: readonly number[];
  /** Seconds on the submission's clock at those steps; between two evaluations they are interpolated. */
  readonly seconds: readonly (number | null)[];
  /** By name: `validation/accuracy`, `loss`. */
  readonly values: {readonly [name: string]: readonly (number | null)[]};
}

/** A learning-rate schedule as a line in drawing order. */
export interface ScheduleLine {
  readonly steps: readonly number[];
  readonly rates: readonly (number | null)[];
}

/** Part of a run between two resets, or between planned boundaries. */
export interface Cycle {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Reset {
  readonly step: number;
  /** As text: `boundary`, `cycle 1 stopped: divergence`. */
  readonly cause: string;
}

/** What decides on early stops, evaluation by evaluation; null where there is no value yet. */
export interface StoppingSignal {
  readonly steps: readonly number[];
  readonly smoothedLoss: readonly (number | null)[];
  /** By how much the smoothed loss rose since the last evaluation. */
  readonly rise: readonly (number | null)[];
  /** The smoothed loss, extrapolated by the recovery time. */
  readonly extrapolated: readonly (number | null)[];
  /** The cycle's minimum plus `epsilon2`: stagnation is above it. */
  readonly stagnationThreshold: readonly (number | null)[];
  /** Divergence: a rise above it. */
  readonly epsilon: number;
  readonly recoveryTime: number;
  /** Whether the run went by it. */
  readonly isEnabled: boolean;
}

export interface RunEvent {
  /** ISO 8601; empty where it is not known. */
  readonly time: string;
  readonly step: number | null;
  readonly name: string;
  readonly message: string;
}

/** A key and its value as text. */
export type Setting = readonly [key: string, value: string];

/** The target that a run is held against. */
export interface ReportTarget {
  readonly metric: string;
  readonly goal: 'maximize' | 'minimize';
  readonly validation: number;
  readonly lossMetric: string;
}

/** A value, and where it was measured. */
export interface Best {
  readonly value: number;
  readonly step: number;
}

/** One run. */
export interface RunReport {
  /** Its folder below the experiment folder: no two have the same. */
  readonly id: string;
  /** The experiment's name, with study and trial where there are several. */
  readonly name: string;
  readonly workload: string | null;
  readonly submission: string | null;
  readonly status: string;
  /** The same for readers, with whether the target was reached: `budget spent, target reached`. */
  readonly statusInWords: string;
  /** How it ended, as text. */
  readonly ending: string | null;
  /** What is missing or can't be read, in sentences; empty: nothing. */
  readonly problems: readonly string[];
  readonly begun: string | null;
  readonly seed: number | null;
  readonly backend: string | null;
  readonly target: ReportTarget | null;
  readonly best: Best | null;
  readonly timeToTarget: {readonly step: number; readonly seconds: number} | null;
  readonly globalStep: number;
  readonly submissionSeconds: number;
  readonly official: boolean | null;
  readonly notOfficialBecause: readonly string[];
  /** Training batches: `loss`, `grad_norm`, and what else the submission recorded. */
  readonly training: SeriesTable;
  readonly evaluations: SeriesTable;
  /** Steps a second of the submission, from each evaluation to the next. */
  readonly throughput: SeriesTable;
  /** As it was drawn before the first step; null: none. */
  readonly planned: ScheduleLine | null;
  /** As it was drawn last, up to the last step made. */
  readonly asRun: ScheduleLine | null;
  readonly cycles: readonly Cycle[];
  readonly resets: readonly Reset[];
  readonly stopping: StoppingSignal | null;
  /** The config's hyperparameters by dotted key, for tables of runs. */
  readonly hyperparameters: {readonly [key: string]: string | number | boolean | null};
  readonly settings: readonly Setting[];
  readonly overrides: readonly Setting[];
  readonly environment: readonly Setting[];
  readonly events: readonly RunEvent[];
  /** Events that are left out: the page has the first and the last ones. */
  readonly eventsLeftOut: number;
}

/** A table of texts and numbers with a heading. */
export interface ScoreTable {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Lines of performance profiles: the share of workloads that a submission trains within `tau` times the fastest one's time. */
export interface ScoreReport {
  readonly tables: readonly ScoreTable[];
  readonly profiles: {
    readonly tau: readonly number[];
    readonly shares: {readonly [submission: string]: readonly number[]};
  };
  /** What was left out, missing or failed, in sentences. */
  readonly notes: readonly string[];
}

/** A report of runs. */
export interface RunsData {
  readonly kind: 'runs';
  readonly title: string;
  /** What made it. */
  readonly version: string;
  /** When it was made, ISO 8601. */
  readonly made: string;
  readonly runs: readonly RunReport[];
  readonly scores: ScoreReport | null;
  /** What can't be read, beyond single runs. */
  readonly problems: readonly string[];
}

/** A mistake in a file; lines and columns count from 1. */
export interface FileMistake {
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
}

/** A config and the schedule that it makes. */
export interface PlannedFile {
  readonly file: string;
  /** What makes it differ from the others. */
  readonly name: string;
  readonly text: string;
  /** The last one that could be made; null: none yet. */
  readonly schedule: ScheduleLine | null;
  readonly cycles: readonly (Cycle & {readonly label: string})[];
  readonly totalSteps: number;
  readonly mistakes: readonly FileMistake[];
}

/** The page of `plot --watch`. */
export interface SchedulesData {
  readonly kind: 'schedules';
  readonly title: string;
  readonly version: string;
  readonly made: string;
  readonly files: readonly PlannedFile[];
}

export type PageData = RunsData | SchedulesData;
