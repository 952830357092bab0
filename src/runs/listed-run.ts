import {FILES} from './layout.js';
import {type RunSettings, readMapping} from './settings.js';
import type {RunSummary} from './summary.js';

/** A run with its settings. */
export interface ListedRun extends RunSummary, RunSettings {}

/** A run whose settings are read when they are first asked for: most lists need none of them. */
export function listedRun(run: RunSummary): ListedRun {
  const config = once(() => readMapping(run.path, FILES.config));
  const overrides = once(() => readMapping(run.path, FILES.overrides));
  return {
    ...run,
    get config() {
      return config();
    },
    get overrides() {
      return overrides();
    },
  };
}

function once<T>(read: () => T): () => T {
  let kept: {readonly value: T} | undefined;
  return () => {
    kept ??= {value: read()};
    return kept.value;
  };
}
