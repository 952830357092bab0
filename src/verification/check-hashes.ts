import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {FILES, type FileHashes, fileHashes, grownFile, type RunResult} from '../runs/index.js';
import type {Saved} from '../training/index.js';
import type {CheckpointMoment} from './check-evaluations.js';
import {type Finding, passedUnless, unchecked} from './findings.js';
import type {RecordedRun} from './recorded-run.js';

/**
 * Whether the run's settings, tables and events are as they were when its result, and each kept checkpoint, was written: what a run
 * keeps in one place only has nothing else to be compared with.
 */
export function checkHashes({path, result}: RecordedRun, checkpoints: readonly CheckpointMoment[]): Finding[] {
  const {sha256: ofResult} = Object(result) as Partial<RunResult>;
  const extents = checkpoints.map(({globalStep, metadata}) => ({globalStep, ...(metadata as unknown as Saved).extent}));
  const hashed = extents.filter(({sha256}) => sha256 !== undefined);
  const problems = [
    ...(ofResult ? resultProblems(path, ofResult) : []),
    ...hashed.flatMap((extent) => extentProblems(path, extent)),
  ];
  return [
    ...(ofResult || hashed.length > 0 || problems.length > 0
      ? passedUnless('hashes', problems, 'settings, tables and events are as the run wrote them')
      : []),
    ...(result && !ofResult ? [unchecked('hashes', `${FILES.result} has no hashes of the run's files`)] : []),
    ...extents
      .filter(({sha256}) => sha256 === undefined)
      .map(({globalStep}) => unchecked('hashes', `the checkpoint of step ${globalStep} has no hashes of the tables`)),
  ];
}

function resultProblems(path: string, expected: FileHashes): string[] {
  const found = fileHashes(path);
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort().flatMap((file) => {
    if (found[file] === undefined) return [`${file} is missing: ${FILES.result} has its hash`];
    if (expected[file] === undefined) return [`${file} was added after the run: ${FILES.result} has no hash of it`];
    return found[file] === expected[file]
      ? []
      : [`${file} was changed after the run: its SHA-256 is not that in ${FILES.result}`];
  });
}

function extentProblems(
  path: string,
  {globalStep, lines, sha256}: Saved['extent'] & Pick<CheckpointMoment, 'globalStep'>,
): string[] {
  return Object.entries(sha256).flatMap(([file, expected]) => {
    const place = join(path, file);
    if (existsSync(place) && grownFile(place, lines[file])?.sha256 === expected) return [];
    return [`${file} was changed: up to step ${globalStep} it is not as the checkpoint of that step has it`];
  });
}
