import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {
  type CodeFacts,
  type CodeHashes,
  type CodeKind,
  codeDifferences,
  codeKinds,
  FOLDERS,
  factsKey,
  hashesKey,
  importDifferences,
  laterKey,
  mergedImports,
} from '../runs/index.js';
import {type CodeImports, keptPath, version} from '../support/index.js';
import {CODE_CHANGED} from '../training/index.js';
import {hashOfFile, type RecordedCode} from './code-places.js';
import {type Finding, passedUnless, unchecked} from './findings.js';
import type {BegunRun, RecordedRun} from './recorded-run.js';

/**
 * Whether the source that the run keeps is what its processes ran, and the tool's own code is of the version that made the run.
 */
export function checkCode(run: RecordedRun): Finding[] {
  const problems = codeKinds.flatMap((kind) => [...keptProblems(run, kind), ...changeProblems(run, kind)]);
  const others = [...new Set(run.meta.map((each) => String(each.algoperf_ts_version)))].filter(
    (each) => each !== version,
  );
  return [
    ...passedUnless(
      'code',
      problems,
      hasOwnCode(run) ? "the kept source has the run's hashes" : 'all of it comes with the tool',
    ),
    ...others.map((other) => unchecked('code', `the run was made by version ${other} of the tool; this is ${version}`)),
  ];
}

/** Whether a user's own code took part in a run. */
export function hasOwnCode(run: Pick<RecordedRun, 'meta'>): boolean {
  return codeKinds.some((kind) => hashesIn(run, kind).some((hashes) => hashes !== undefined));
}

/** The hashes of a kind of code that each of a run's processes had. */
export function hashesIn({meta}: Pick<RecordedRun, 'meta'>, kind: CodeKind): (CodeHashes | undefined)[] {
  return meta.map((each) => each[hashesKey(kind)] as CodeHashes | undefined);
}

/** What each process got by what the files of a kind of code ask for. */
function importsIn({meta}: Pick<RecordedRun, 'meta'>, kind: CodeKind): (CodeImports | undefined)[] {
  return meta.map((each) => factsIn(each, kind)?.imports);
}

function factsIn(meta: RecordedRun['meta'][number], kind: CodeKind): CodeFacts | undefined {
  return meta[factsKey(kind)] as unknown as CodeFacts | undefined;
}

/** A kind of code as the run's last process had it, with what the processes before it have loaded on the way; undefined: it had none. */
export function recordedCode(run: Pick<RecordedRun, 'meta'>, kind: CodeKind): (RecordedCode & CodeFacts) | undefined {
  const [hashes, facts] = [hashesIn(run, kind).at(-1), factsIn(run.meta.at(-1)!, kind)];
  if (hashes === undefined || facts === undefined) return undefined;
  const imports = importsIn(run, kind).filter((each) => each !== undefined);
  return {...facts, hashes, imports: mergedImports(imports)};
}

/**
 * The folder of a process's source: its own, or that of the process before it whose code was the same. Undefined: it ran none of
 * the kind.
 */
export function sourceFolder(run: BegunRun, kind: CodeKind, process = run.meta.length - 1): string | undefined {
  if (hashesIn(run, kind)[process] === undefined) return undefined;
  const folders = Array.from({length: process + 1}, (_, i) => join(run.path, FOLDERS.source, `${kind}_${process - i}`));
  return folders.find((folder) => existsSync(folder)) ?? folders[0]!;
}

function keptProblems(run: RecordedRun, kind: CodeKind): string[] {
  return hashesIn(run, kind).flatMap((hashes, process) => {
    const folder = sourceFolder(run, kind, process);
    if (hashes === undefined || folder === undefined) return [];
    const found = Object.fromEntries(Object.keys(hashes).flatMap((path) => hashOfKept(folder, path)));
    return codeDifferences(hashes, found).map((change) => `the kept ${kind}, process ${process}: ${change}`);
  });
}

/** None where there is no file, or something else in its place. */
function hashOfKept(folder: string, path: string): [string, string][] {
  const hash = hashOfFile(join(folder, keptPath(path)));
  return hash === undefined ? [] : [[path, hash]];
}

/** What a process had of the code before it loaded what no process had before it. */
function begunWith(
  hashes: CodeHashes | undefined,
  meta: RecordedRun['meta'][number],
  kind: CodeKind,
  before: CodeHashes = {},
): CodeHashes | undefined {
  const later = [meta[laterKey(kind)] ?? []].flat();
  return (
    hashes &&
    Object.fromEntries(
      Object.entries(hashes).filter(([path]) => path in before || !later.some((each) => each === path)),
    )
  );
}

/** Code that has changed between two processes makes a run not official, which the later one says. */
function changeProblems(run: RecordedRun, kind: CodeKind): string[] {
  const [hashes, imports] = [hashesIn(run, kind), importsIn(run, kind)];
  return run.meta.flatMap((meta, process) => {
    const before = hashes[process - 1];
    const changes = [
      ...codeDifferences(before, begunWith(hashes[process], meta, kind, before)),
      ...importDifferences(imports[process - 1], imports[process]),
    ];
    if (process === 0 || changes.length === 0) return [];
    const reasons = JSON.stringify(meta.not_official_because ?? []);
    return reasons.includes(CODE_CHANGED) ? [] : [`the ${kind} changed with process ${process}, which does not say so`];
  });
}
