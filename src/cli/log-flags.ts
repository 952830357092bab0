import type {Command} from 'commander';

/** What the command line says of a run's logs. */
export interface LogFlags {
  readonly tensorboard?: boolean;
  readonly profile?: boolean;
}

/** What a run leaves besides its tables. */
export function addLogs(run: Command): void {
  run
    .option('--tensorboard', "write TensorBoard's event file as the run goes on, in the run's folder (default: off)")
    .option('--profile', "time the run's parts: a table at its end, JSON and a trace in its folder (default: off)");
}
