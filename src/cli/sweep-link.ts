import type {RunEnd, RunMeans, RunOrder} from '../sweep/index.js';

/** What a process that does runs of a sweep begins with. */
export interface WorkerTask {
  readonly means: RunMeans;
  /** The user's own modules that the runs are made of. */
  readonly modules: readonly string[];
}

/** A message to it. */
export type WorkerRequest = {readonly order: RunOrder} | {readonly isToStop: true} | {readonly isOver: true};

/** How far a run is, for one line. */
export interface WorkerProgress {
  readonly globalStep: number;
  readonly totalSteps: number | undefined;
  readonly value: number | undefined;
}

/** What it reports. */
export interface WorkerReport {
  readonly end?: RunEnd;
  readonly warning?: string;
  readonly progress?: WorkerProgress;
}
