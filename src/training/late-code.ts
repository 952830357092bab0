import {dirname, join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {
  codeDifferences,
  hashesOf,
  importDifferences,
  mergedImports,
  readUserCode,
  sourceFiles,
  type UserCode,
} from '../runs/index.js';
import {count, makeFolder, UserError, writeWhole} from '../support/index.js';
import type {Evaluator} from './evaluate.js';
import type {OpenRun} from './prepare.js';
import {noteCode} from './process-files.js';

/** What has become of the user's code since the run's process began. */
export interface LateCode {
  /** Each kind of code of which more has been loaded, or of whose files one has got another in a new way: all of it. */
  readonly grown: readonly UserCode[];
  /** What the run had from the beginning and was loaded otherwise, or could have been changed before it was loaded, in words. */
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
      changes: [...pairs.flatMap(([before, after]) => changesIn(before!, after!)), ...now.flatMap(exposedIn)],
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {grown: [], changes: [error.message]};
  }
}

function exposedIn({kind, exposed = []}: UserCode): string[] {
  const [first, ...others] = exposed;
  if (first === undefined) return [];
  const more = others.length > 0 ? ` (and ${count(others.length)} more)` : '';
  return [
    `${kind} ${first}${more}: asked for only after other code of yours was loaded, which could have changed it; let the ${kind}'s module import it at its top`,
  ];
}

/**
 * After its first evaluation a run has loaded most of what it loads on the way: what makes it not official is said then, and not only at
 * its end.
 */
export function sayingLateCode(
  run: Pick<OpenRun, 'options' | 'folder' | 'lateChanges'>,
  evaluate: Evaluator,
): Evaluator {
  let isSaid = false;
  return async (shouldContinue) => {
    const metrics = await evaluate(shouldContinue);
    if (isSaid) return metrics;
    isSaid = true;
    const {changes} = lateCode(run);
    run.lateChanges.push(...changes);
    for (const change of changes) run.options.watcher.warn(`the result will not be official: ${change}`);
    return metrics;
  };
}

function grownCode(before: UserCode, after: UserCode): UserCode[] {
  const added = [...after.files].filter(([path]) => !before.files.has(path));
  const imports = mergedImports([before.imports, after.imports]);
  if (added.length === 0 && isDeepStrictEqual(imports, before.imports)) return [];
  const later = [...new Set([...(before.later ?? []), ...added.map(([path]) => path)])].sort();
  return [{...before, files: new Map([...before.files, ...added]), imports, later}];
}

/** What is not loaded up to now may be later. */
function changesIn(before: UserCode, after: UserCode): string[] {
  const both = new Map([...before.files].filter(([path]) => after.files.has(path)));
  const now = new Map([...after.files].filter(([path]) => both.has(path)));
  const changes = [
    ...codeDifferences(hashesOf(both), hashesOf(now)),
    ...importDifferences(before.imports, after.imports),
  ];
  return changes.map((change) => `${before.kind} ${change} while the run was under way`);
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
