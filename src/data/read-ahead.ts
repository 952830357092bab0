import type {HostBatch} from '../contract/index.js';

/** How batches are made and in what number. */
export interface ReadAheadOptions {
  /**
   * Makes batch `index`. It is called in the order of the batches.
   * @param reuse - a batch that is needed no more, whose memory may be used again
   */
  readonly make: (index: number, reuse: HostBatch | undefined) => HostBatch | Promise<HostBatch>;
  /** The first batch. */
  readonly from: number;
  /** The batch after the last one; default: there is no last one. */
  readonly end?: number;
  /** How many batches are being made or wait to be drawn at most, where making them gives promises; asked for when half are left. */
  readonly ahead: number;
}

/**
 * Draws batches in order. Where they come as promises, further ones are asked for before they are drawn. A batch is valid until the
 * next one is drawn: then its memory serves one of those that are asked for. A batch that could not be made throws where it is
 * drawn.
 */
export function readAhead({make, from, end = Number.POSITIVE_INFINITY, ahead}: ReadAheadOptions) {
  const waiting: Promise<HostBatch>[] = [];
  let next = from;
  const drawn: HostBatch[] = [];
  const keep = (batch: HostBatch): HostBatch => {
    drawn.push(batch);
    return batch;
  };
  const ask = (): HostBatch | Promise<HostBatch> => {
    next += 1;
    return make(next - 1, drawn.shift());
  };
  const keepWaiting = (promise: Promise<HostBatch>): void => {
    // A failure is thrown where the batch is drawn; until then the process must not end over it.
    promise.catch(() => {});
    waiting.push(promise);
  };
  return (): HostBatch | Promise<HostBatch> => {
    if (waiting.length === 0) {
      const batch = ask();
      if (!(batch instanceof Promise)) return keep(batch);
      keepWaiting(batch);
    }
    // Several at a time: after a step the processor's caches are cold for the first of them alone.
    if (waiting.length <= ahead / 2)
      while (waiting.length < ahead && next < end) keepWaiting(new Promise((resolve) => resolve(ask())));
    return waiting.shift()!.then(keep);
  };
}
