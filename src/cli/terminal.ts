import pc from 'picocolors';
import type {LogTarget} from '../support/index.js';
import {count} from '../support/index.js';
import type {ProgressView} from '../training/index.js';

const CLEAR_LINE = '\r\x1b[2K';

/** Width of a terminal that does not tell its own: some say 0. */
const COLUMNS = 80;

/** stderr as a person sees it: lines that stay, and below them one that is drawn again and again. */
export interface Terminal extends LogTarget {
  progress(text: string): void;
  /** Takes the progress line away. */
  clear(): void;
}

/** @param stream - stderr; cut to its width, a progress line never wraps */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  let shown = '';
  const draw = (text: string): void => {
    shown = text;
    stream.write(CLEAR_LINE + text.slice(0, Math.max(1, (stream.columns || COLUMNS) - 1)));
  };
  return {
    write(line) {
      const text = readable(line);
      stream.write(`${shown === '' ? '' : CLEAR_LINE}${text}\n`);
      if (shown !== '') draw(shown);
    },
    progress: draw,
    clear() {
      if (shown !== '') stream.write(CLEAR_LINE);
      shown = '';
    },
  };
}

/** A line of pino's JSON in words. */
function readable(line: string): string {
  const {level, msg, err} = JSON.parse(line) as {level: number; msg?: string; err?: {stack?: string}};
  const text = [msg, err?.stack].filter(Boolean).join('\n');
  if (level >= 50) return pc.red(text);
  if (level >= 40) return pc.yellow(text);
  return level <= 20 ? pc.dim(text) : text;
}

/** The progress line: step, loss, rate, the submission's note, the last evaluation, time left. */
export function progressLine(view: ProgressView, secondsLeft: number | undefined, metric: string): string {
  const {globalStep, totalSteps, loss, learningRate, note, latest, evaluated} = view;
  const validation = latest?.metrics[`validation/${metric}`];
  return [
    `step ${count(globalStep)}${totalSteps === undefined ? '' : `/${count(totalSteps)}`}`,
    loss === undefined ? '' : `loss ${loss.toFixed(4)}`,
    learningRate === undefined ? '' : `lr ${learningRate.toExponential(2)}`,
    note,
    evaluated === undefined ? '' : `evaluating ${Math.floor(100 * evaluated)} %`,
    validation === undefined ? '' : `validation ${metric} ${validation.toFixed(4)}`,
    secondsLeft === undefined ? '' : `${duration(secondsLeft)} left`,
  ]
    .filter(Boolean)
    .join('  ');
}

/** `1:05`, `1:02:05`; whole seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
