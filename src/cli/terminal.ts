import pc from 'picocolors';
import {count, type LogTarget} from '../support/index.js';
import type {ProgressView} from '../training/index.js';

const CLEAR_LINE = '\r\x1b[2K';

/** Levels of pino. */
const INFO = 30;
const WARNING = 40;
const ERROR = 50;

/** Width of a terminal that does not report its own: some say 0. */
const COLUMNS = 80;

/** stderr for a person: permanent lines, and below them one that is redrawn. */
export interface Terminal extends LogTarget {
  /** Draws the progress line: as many of the parts as fit. */
  progress(parts: readonly ProgressPart[]): void;
  /** Clears the progress line. */
  clear(): void;
}

/** A piece of the progress line, shown whole or not at all. */
export interface ProgressPart {
  readonly text: string;
  /** Where there is no room for all parts, those of the highest rank are left out first. */
  readonly rank: number;
}

/** @param stream - stderr */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  let line = '';
  const draw = (text: string): void => {
    line = text;
    stream.write(CLEAR_LINE + text);
  };
  return {
    write(json) {
      stream.write(`${line === '' ? '' : CLEAR_LINE}${colored(json)}\n`);
      if (line !== '') draw(line);
    },
    progress: (parts) => draw(fitted(parts, (stream.columns || COLUMNS) - 1)),
    clear() {
      if (line !== '') stream.write(CLEAR_LINE);
      line = '';
    },
  };
}

/** Log lines as plain text for a file or a pipe; warnings and errors start with their level. */
export function createPlainLines(stream: NodeJS.WritableStream): LogTarget {
  return {
    write(json) {
      const {level, text} = parsed(json);
      const kind = level >= ERROR ? 'error: ' : level >= WARNING ? 'warning: ' : '';
      stream.write(`${kind}${text}\n`);
    },
  };
}

function colored(json: string): string {
  const {level, text} = parsed(json);
  if (level >= ERROR) return pc.red(text);
  if (level >= WARNING) return pc.yellow(text);
  return level <= 20 ? pc.dim(text) : text;
}

interface Line {
  readonly level: number;
  readonly msg?: string;
  readonly err?: {readonly stack?: string};
  /** It is shown as a warning is, but is none. */
  readonly isNotice?: boolean;
}

/** A line of pino's JSON as plain text. */
function parsed(json: string): {level: number; text: string} {
  const {level, msg, err, isNotice} = JSON.parse(json) as Line;
  return {level: isNotice ? INFO : level, text: [msg, err?.stack].filter(Boolean).join('\n')};
}

const GAP = '  ';

/** The parts in their order, without those of the highest ranks until the line fits `width` characters. */
export function fitted(parts: readonly ProgressPart[], width: number): string {
  const line = parts.map(({text}) => text).join(GAP);
  if (line.length <= width) return line;
  const highest = Math.max(...parts.map(({rank}) => rank));
  return fitted(
    parts.filter(({rank}) => rank < highest),
    width,
  );
}

/**
 * The progress line: step, time left, loss, rate, the submission's note, the last evaluation, or the progress of the current
 * one.
 */
export function progressParts(
  view: ProgressView,
  secondsLeft: number | undefined,
  metric: string,
): readonly ProgressPart[] {
  const {globalStep, totalSteps, loss, learningRate, note, latest, evaluated} = view;
  const validation = latest?.metrics[`validation/${metric}`];
  const parts = [
    {rank: 0, text: `step ${count(globalStep)}${totalSteps === undefined ? '' : `/${count(totalSteps)}`}`},
    {rank: 1, text: secondsLeft === undefined ? '' : `${duration(secondsLeft)} left`},
    {rank: 3, text: loss === undefined ? '' : `loss ${loss.toFixed(4)}`},
    {rank: 6, text: learningRate === undefined ? '' : `lr ${learningRate.toExponential(2)}`},
    {rank: 5, text: note ?? ''},
    {rank: 2, text: evaluated === undefined ? '' : `evaluating ${Math.floor(100 * evaluated)} %`},
    {rank: 4, text: validation === undefined ? '' : `validation ${metric} ${validation.toFixed(4)}`},
  ];
  return parts.filter(({text}) => text !== '');
}

/** `1:05`, `1:02:05`; whole seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const units = parts[0] === 0 ? parts.slice(1) : parts;
  return units.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
