import {join} from 'node:path';
import {checkConfig, readConfig} from '../../src/config/index.js';
import type {Submission, Workload} from '../../src/contract/index.js';
import {cyclic} from '../../src/submissions/cyclic/index.js';
import {type RunOptions, type RunOutcome, silentWatcher, startRun} from '../../src/training/index.js';
import {writeConfig} from './cli.js';

export interface InProcess extends Partial<RunOptions> {
  /** Holds the config and the run's folder. */
  readonly folder: string;
  readonly config: string;
  readonly workload: Workload;
}

/** A run of this process, under the name `a`, without a terminal. */
export function runInProcess({folder, config, ...options}: InProcess): Promise<RunOutcome> {
  const submission = options.submission ?? (cyclic as unknown as Submission);
  const loaded = checkConfig(readConfig(join(folder, writeConfig(folder, config))), submission, options.workload);
  return startRun({
    submission,
    loaded,
    stem: 'small',
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    backend: 'wasm',
    dataDir: folder,
    rngSeed: 3,
    flags: {},
    overrides: {},
    watcher: silentWatcher,
    signal: new AbortController().signal,
    ...options,
  });
}
