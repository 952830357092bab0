import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type ConfigSource, readConfig} from '../config/index.js';
import type {Json} from '../contract/index.js';
import {differingFiles, FILES, mappingIn, numbered, sha256, sourceHashes} from '../runs/index.js';
import {isModulePath, type KnownCode, readWhole, requireCode, requireKnownCode, UserError} from '../support/index.js';
import type {Claim, ClaimedCode} from '../training/index.js';
import {sourceFolder} from './check-code.js';
import type {CheckedRun} from './check-evaluations.js';
import {codeIn, hashOfFile, keptCodeIn, realOr} from './code-places.js';
import type {BegunRun} from './recorded-run.js';

/** A run as it claims to be: what was measured is the claim's, and of its folder nothing is taken that it did not begin with. */
export interface ClaimedRun extends CheckedRun, BegunRun {
  readonly config: ConfigSource;
}

/**
 * Each file is read once, and compared before it is used.
 * @returns the files that are not as the run began with them, if there are any
 */
export function claimedRun(claim: Claim): ClaimedRun | readonly string[] {
  const {path, settings, evaluations} = claim;
  const contents = new Map(
    Object.keys(settings)
      .filter((name) => dirname(name) === '.')
      .map((name) => [name, existsSync(join(path, name)) ? readWhole(join(path, name)) : Buffer.of()]),
  );
  const found = Object.fromEntries([...contents].map(([name, content]) => [name, sha256(content)]));
  const changed = differingFiles(settings, {...found, ...sourceHashes(path)});
  if (changed.length > 0) return changed;
  const textOf = (name: string): string | undefined => contents.get(name)?.toString('utf8');
  const steps = evaluations.map(({globalStep}) => globalStep);
  return {
    path,
    meta: mappingsOf('meta_data', textOf),
    flags: mappingsOf('flags', textOf),
    result: undefined,
    evaluations: evaluations.map(({globalStep, process, metrics}) => ({
      step: globalStep,
      process,
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, text]) => [name, Number(text)])),
    })),
    checkpoints: [...new Set(steps)],
    sums: claim.checkpoints,
    config: readConfig(join(path, FILES.config), {text: textOf(FILES.config)}),
  };
}

/** Those of a run's processes, the first one's first. */
function mappingsOf(
  kind: 'meta_data' | 'flags',
  textOf: (name: string) => string | undefined,
): {readonly [key: string]: Json}[] {
  const mappings: {readonly [key: string]: Json}[] = [];
  for (let name = numbered(kind, 0), text = textOf(name); text !== undefined; ) {
    mappings.push(mappingIn(name, text) ?? {});
    name = numbered(kind, mappings.length);
    text = textOf(name);
  }
  if (mappings.length === 0) throw new UserError(`${numbered(kind, 0)} is missing`);
  return mappings;
}

/**
 * The workload that a run was asked for. Of a user's own nothing can be loaded from now on but what the run's process has loaded:
 * from where it was, or, where a file has changed since, from the source that the run keeps.
 * @returns a name, or a path
 * @throws UserError naming the file that is another one, and kept nowhere
 */
export function claimedWorkload(run: BegunRun, workload: string, code: ClaimedCode | undefined): string {
  if (!isModulePath(workload)) return workload;
  if (code === undefined) throw new UserError(`${workload}: the run has loaded no workload from there`);
  const source = sourceFolder(run, 'workload');
  // Not where links lead now: the folder had none when the code was loaded.
  const original = codeIn(run.path, code.folder, code);
  const places = [original, ...(source === undefined ? [] : [keptCodeIn(run.path, realOr(source), code)])];
  const place = places.find((each) => changedIn(each) === undefined);
  if (place === undefined) throw new UserError(`${changedIn(original)} is not as the run loaded it`);
  requireCode(place);
  requireKnownCode();
  return place.files[code.entry]!.place;
}

/** The first file that is not there, or holds something else. */
function changedIn({files}: KnownCode): string | undefined {
  return Object.values(files).find(({place, sha256}) => hashOfFile(place) !== sha256)?.place;
}
