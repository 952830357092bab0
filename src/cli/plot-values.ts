import type {Writable} from 'node:stream';
import type {DrawnSchedule} from '../contract/index.js';

/** Lines that are written at once. */
const PIECE = 4096;

/**
 * Writes `step,learning_rate` as CSV, a piece at a time: the next one is made when the last one is written. A stream that fails ends
 * it; what that means is for the stream's `error` listener to say.
 */
export async function writeValues(
  {learningRate, totalSteps}: Omit<DrawnSchedule, 'cycles'>,
  out: Writable,
): Promise<void> {
  if (!(await written(out, 'step,learning_rate\n'))) return;
  for (let first = 0; first < totalSteps; first += PIECE) {
    let lines = '';
    const end = Math.min(first + PIECE, totalSteps);
    for (let step = first; step < end; step++) lines += `${step},${learningRate(step)}\n`;
    if (!(await written(out, lines))) return;
  }
}

/**
 * @returns whether a text was written. By the callback instead of `drain`: a pipe that writes synchronously never fills, and
 * without a pause the end of its reader would go unnoticed.
 */
function written(out: Writable, text: string): Promise<boolean> {
  return new Promise((resolve) => out.write(text, (error) => resolve(!error)));
}
