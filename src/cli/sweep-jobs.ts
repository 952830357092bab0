import {availableParallelism} from 'node:os';
import {environment} from '../support/index.js';

/** Bytes that a run's process is expected to need: an engine, its addon and a data set in memory. */
const PROCESS_BYTES = 2 ** 30;

/** What a machine has. */
export interface Machine {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** This machine, as far as this process may use it. */
export function thisMachine(): Machine {
  return {cores: availableParallelism(), memory: process.availableMemory()};
}

/** Processes at a time: one a core, as many as have room in memory, and no more than there are runs. */
export function defaultJobs(runs: number, {cores, memory}: Machine = thisMachine()): number {
  return Math.max(1, Math.min(cores, Math.floor(memory / PROCESS_BYTES), runs));
}

/** The environment of one of several processes: they share the cores out, unless the user has said how many threads there are. */
export function sharedThreads(
  jobs: number,
  env: NodeJS.ProcessEnv = environment(),
  {cores}: Pick<Machine, 'cores'> = thisMachine(),
): NodeJS.ProcessEnv {
  if (jobs === 1 || env.TF_NUM_INTRAOP_THREADS !== undefined) return env;
  return {...env, TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(cores / jobs)))};
}
