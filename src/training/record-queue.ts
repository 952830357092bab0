import type {DrawnSchedule, Recorder} from '../contract/index.js';

/** Does the writing that a recorder's calls ask for. */
export interface RecordWriter {
  schedule(globalStep: number, plotNumber: number, drawing: DrawnSchedule): Promise<void>;
  scalars: Recorder['scalars'];
  event: Recorder['event'];
  row: Recorder['row'];
}

export interface RecordQueue {
  /** Its calls return at once. */
  readonly recorder: Recorder;
  /** Writes what was recorded since the last flush, in the order of the calls. @param globalStep - steps done by now */
  flush(globalStep: number): Promise<void>;
  /** How many pictures of the schedule were asked for so far. */
  plotCount(): number;
}

/**
 * A recorder that keeps what it is given until `flush`, so that writing stays off the submission's clock.
 * @param plotCount - pictures that earlier processes of the run have drawn
 */
export function createRecordQueue(writer: RecordWriter, plotCount = 0): RecordQueue {
  let waiting: ((flushedAt: number) => Promise<void> | void)[] = [];
  let plots = plotCount;
  return {
    recorder: {
      schedule(drawing) {
        const plotNumber = plots++;
        waiting.push((flushedAt) => writer.schedule(flushedAt, plotNumber, drawing));
        return plotNumber;
      },
      scalars: (globalStep, values) => void waiting.push(() => writer.scalars(globalStep, values)),
      event: (globalStep, event) => void waiting.push(() => writer.event(globalStep, event)),
      row: (table, globalStep, values) => void waiting.push(() => writer.row(table, globalStep, values)),
    },
    async flush(globalStep) {
      if (waiting.length === 0) return;
      const writes = waiting;
      waiting = [];
      for (const write of writes) await write(globalStep);
    },
    plotCount: () => plots,
  };
}
