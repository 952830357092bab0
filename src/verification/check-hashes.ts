import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {
  changeOf,
  changesSince,
  checkpointSums,
  FILES,
  type FileHashes,
  FOLDERS,
  grownFile,
  isResultKept,
  type RunResult,
  resultChange,
} from '../runs/index.js';
import {count} from '../support/index.js';
import type {Saved} from '../training/index.js';
import type {CheckpointMoment} from './check-evaluations.js';
import {type Finding, passedUnless, problemsIn, unchecked} from './findings.js';
import type {RecordedRun} from './recorded-run.js';

/**
 * Whether the run's settings, tables, events and checkpoints are as they were when its result was written, the result as its events
 * have it, and the tables as each kept checkpoint has them: what a run keeps in one place only has nothing else to be compared with.
 */
export function checkHashes(run: RecordedRun, checkpoints: readonly CheckpointMoment[]): Finding[] {
  const {path, result} = run;
  const {sha256: ofResult, checkpoints: sums} = Object(result) as Partial<RunResult>;
  const extents = checkpoints.map(({globalStep, metadata}) => ({globalStep, ...(metadata as unknown as Saved).extent}));
  const hashed = extents.filter(({sha256}) => sha256 !== undefined);
  const isKept = isResultKept(path, run.events);
  const problems = [
    ...problemsIn([resultChange(path, run.events)]),
    ...(ofResult ? changesSince(path, ofResult) : []),
    ...(sums ? checkpointProblems(path, sums) : []),
    ...hashed.flatMap((extent) => extentProblems(path, extent)),
  ];
  return [
    ...(ofResult || hashed.length > 0 || problems.length > 0
      ? passedUnless('hashes', problems, 'settings, tables, events and result are as the run wrote them')
      : []),
    ...missingHashes(run, isKept).map((message) => unchecked('hashes', message)),
    ...extents
      .filter(({sha256}) => sha256 === undefined)
      .map(({globalStep}) =>
        unchecked('hashes', `the checkpoint of step ${count(globalStep)} has no hashes of the tables`),
      ),
  ];
}

/** What a result of a version without hashes lacks. */
function missingHashes({result}: RecordedRun, isKept: boolean | undefined): string[] {
  if (!result) return [];
  return problemsIn([
    result.sha256 ? undefined : `${FILES.result} has no hashes of the run's files`,
    result.checkpoints ? undefined : `${FILES.result} has no hashes of the run's checkpoints`,
    isKept === undefined ? `${FILES.events} has no hash of ${FILES.result}` : undefined,
  ]);
}

/** A checkpoint that was removed since, to save space, contradicts nothing: what rests on it stays unchecked. */
function checkpointProblems(path: string, expected: FileHashes): string[] {
  const found = Object.entries(checkpointSums(path));
  return problemsIn(found.map(([name, sum]) => changeOf(`${FOLDERS.checkpoints}/${name}`, sum, expected[name])));
}

function extentProblems(
  path: string,
  {globalStep, lines, sha256}: Saved['extent'] & Pick<CheckpointMoment, 'globalStep'>,
): string[] {
  return Object.entries(sha256).flatMap(([file, expected]) => {
    const place = join(path, file);
    if (existsSync(place) && grownFile(place, lines[file])?.sha256 === expected) return [];
    return [`${file} was changed: up to step ${count(globalStep)} it is not as the checkpoint of that step has it`];
  });
}
