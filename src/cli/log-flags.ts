import type {Command} from 'commander';

/** Flags for a run's logs. */
export interface LogFlags {
  readonly tensorboard?: boolean;
  readonly profile?: boolean;
}

/** What a run writes in addition to its tables. */
export function addLogs(run: Command): void {
  run
    .option('--tensorboard', "write TensorBoard's event file during the run, in the run's folder (default: off)")
    .option('--profile', "time the run's parts: a table at its end, JSON and a trace in its folder (default: off)");
}
