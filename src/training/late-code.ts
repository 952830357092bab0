import {dirname, join} from 'node:path';
import {codeDifferences, hashesOf, readUserCode, sourceFiles, type UserCode} from '../runs/index.js';
import {makeFolder, UserError, writeWhole} from '../support/index.js';
import type {OpenRun} from './prepare.js';
import {noteCode} from './process-files.js';

/** What has become of the user's code since the run's process began. */
export interface LateCode {
  /** Each kind of code of which more has been loaded: all of it. */
  readonly grown: readonly UserCode[];
  /** What the run had from the beginning and was loaded otherwise, in words. */
  readonly changes: readonly string[];
}

/** Looks at what the process has loaded of the user's code up to now. */
export function lateCode({options, folder}: Pick<OpenRun, 'options' | 'folder'>): LateCode {
  try {
    const now = readUserCode(options.modules ?? {});
    const pairs = folder.code.flatMap((before) =>
      now.filter(({kind}) => kind === before.kind).map((it) => [before, it]),
    );
    return {
      grown: pairs.flatMap(([before, after]) => grownCode(before!, after!)),
      changes: pairs.flatMap(([before, after]) => changesIn(before!, after!)),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {grown: [], changes: [error.message]};
  }
}

function grownCode(before: UserCode, after: UserCode): UserCode[] {
  const added = [...after.files].filter(([path]) => !before.files.has(path));
  if (added.length === 0) return [];
  const later = [...new Set([...(before.later ?? []), ...added.map(([path]) => path)])].sort();
  return [{kind: before.kind, files: new Map([...before.files, ...added]), later}];
}

/** What is not loaded up to now may be later. */
function changesIn(before: UserCode, after: UserCode): string[] {
  const both = new Map([...before.files].filter(([path]) => after.files.has(path)));
  const now = new Map([...after.files].filter(([path]) => both.has(path)));
  return codeDifferences(hashesOf(both), hashesOf(now)).map(
    (change) => `${before.kind} ${change} while the run was under way`,
  );
}

/** Adds to a run's folder what its process has loaded on the way. */
export function keepLateCode({path, preemptionCount}: OpenRun['folder'], {grown}: LateCode): void {
  if (grown.length === 0) return;
  for (const [name, content] of Object.entries(sourceFiles(grown, preemptionCount))) {
    makeFolder(dirname(join(path, name)));
    writeWhole(join(path, name), content);
  }
  noteCode(path, preemptionCount, grown);
}
