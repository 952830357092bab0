import {join} from 'node:path';
import {
  codeDifferences,
  codeKinds,
  FOLDERS,
  hashesKey,
  hashesOf,
  importDifferences,
  latestHashes,
  latestImports,
  type UserCode,
} from '../runs/index.js';
import {ChangedRunError} from './changed-run.js';

/** In `meta_data`: why a run is not official whose code changed on the way. */
export const CODE_CHANGED = '--with-changed-submission: the code changed on resuming';

/**
 * The files in which the user's own code differs from that of the run's latest process, or which get others, in words.
 * @throws ChangedRunError naming them, unless that is wanted
 */
export function changesOfCode(run: string, code: readonly UserCode[], areWanted: boolean): string[] {
  const [before, imports] = [latestHashes(run), latestImports(run)];
  const changes = codeKinds.flatMap((kind) => {
    const now = code.find((each) => each.kind === kind);
    return [
      ...codeDifferences(before[hashesKey(kind)], now && hashesOf(now.files)),
      ...importDifferences(imports[kind], now?.imports),
    ].map((change) => `${kind} ${change}`);
  });
  if (changes.length === 0 || areWanted) return changes;
  throw new ChangedRunError(
    '--resume',
    [
      `the run in ${run} was made with other code:`,
      ...changes.map((change) => `  ${change}`),
      `Its own is kept in ${join(run, FOLDERS.source)}.`,
    ].join('\n'),
    ` Bring that back, begin a new run, or continue with the changed code by --with-changed-submission, which makes the run's time not official.`,
    true,
  );
}
