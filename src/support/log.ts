import {createRequire} from 'node:module';
import type {Logger, multistream} from 'pino';

const require = createRequire(import.meta.url);

export type {Logger} from 'pino';

export const logLevels = Object.freeze(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const);
export type LogLevel = (typeof logLevels)[number];

/** Somewhere that log lines go: each call gets one line of JSON. */
export interface LogTarget {
  write(line: string): void;
}

export interface Log {
  readonly logger: Logger;
  /** Logs what a person needs to see whatever the level shown, such as how to continue, though nothing is wrong. */
  notice(text: string): void;
  /** Sends lines from now on to a further target as well, such as a run's `log.jsonl`. */
  add(target: LogTarget, level?: LogLevel): void;
}

/**
 * A pino logger over targets that may be added later. Host name and process id are left out: a run's folder is meant to
 * be shared.
 */
export function createLog(target: LogTarget, level: LogLevel): Log {
  // Required when a log is made: most commands need none. Pino is CommonJS and loads a third faster than by an import.
  const {pino} = require('pino') as typeof import('pino');
  const streams = (pino as unknown as {multistream: typeof multistream}).multistream([
    {stream: target, level: level as 'info'},
  ]);
  const logger = pino({level: 'trace', base: null, timestamp: pino.stdTimeFunctions.isoTime}, streams);
  return {
    logger,
    notice: (text) => logger.warn({isNotice: true}, text),
    add: (further, furtherLevel = 'debug') => {
      streams.add({stream: further, level: furtherLevel as 'info'});
    },
  };
}
