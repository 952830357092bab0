import {existsSync, realpathSync} from 'node:fs';
import {relative, resolve, sep} from 'node:path';
import {closestName, contentsInWords, isFolder, UserError} from '../support/index.js';
import {listRuns} from './list.js';
import {lookedFor} from './no-runs.js';
import type {RunSummary} from './summary.js';

/** Digits of an id that name a run, at least: fewer are more likely to be a mistake. */
const LEAST_DIGITS = 4;
/** Runs that a message names. */
const MOST_NAMED = 5;

/**
 * The one run that a name stands for: an experiment's name, a folder, a run's index or id, or what an id or an experiment's name
 * begins with, in this order.
 * @param name - folders are relative to the experiment folder or to where the tool is started
 * @throws UserError if there is none, or if there are several
 */
export function findRun(experimentDir: string, name: string): RunSummary {
  const {found} = matching(experimentDir, name, listRuns(experimentDir));
  if (found.length === 1) return found[0]!;
  throw new UserError(`'${name}' stands for several runs:\n${severalRuns(experimentDir, found)}`);
}

/**
 * All runs that the names stand for, each once, in the order of the names; without a name all runs. A name is as for
 * {@link findRun}; that of an experiment, or of a folder, stands for all its runs.
 * @throws UserError if a name stands for nothing, or is only the beginning of several experiments' names
 */
export function findRuns(experimentDir: string, names: readonly string[]): RunSummary[] {
  const runs = listRuns(experimentDir);
  const found = names.length === 0 ? runs : names.flatMap((name) => ofOneName(experimentDir, name, runs));
  return [...new Map(found.map((run) => [run.path, run])).values()];
}

function ofOneName(experimentDir: string, name: string, runs: readonly RunSummary[]): readonly RunSummary[] {
  const {found, isBeginning} = matching(experimentDir, name, runs);
  const experiments = new Set(found.map(({experiment}) => experiment));
  if (!isBeginning || experiments.size === 1) return found;
  throw new UserError(`'${name}' stands for several experiments:\n${severalRuns(experimentDir, found)}`);
}

interface Matching {
  readonly found: readonly RunSummary[];
  /** Whether the name is only what an id or an experiment's name begins with. */
  readonly isBeginning: boolean;
}

/** @throws UserError if there is none */
function matching(experimentDir: string, name: string, runs: readonly RunSummary[]): Matching {
  // As a folder it would be the one that holds all runs.
  if (name === '') throw new UserError("the name of a run is empty; '.' is the current folder");
  const isIndex = /^[1-9]\d*$/.test(name);
  const whole = [
    () => runs.filter(({experiment}) => experiment === name),
    () => below(experimentDir, name, runs),
    () => (isIndex ? runs.filter(({index}) => index === Number(name)) : []),
  ];
  for (const way of whole) {
    const found = way();
    if (found.length > 0) return {found, isBeginning: false};
  }
  const found = runs.filter(({id, experiment}) => isBeginOfId(name, id) || experiment.startsWith(name));
  if (found.length > 0) return {found, isBeginning: true};
  throw new UserError(`there is no run '${name}' in ${experimentDir}.${hintFor(experimentDir, name, runs)}`);
}

function below(experimentDir: string, name: string, runs: readonly RunSummary[]): RunSummary[] {
  const places = [resolve(experimentDir, name), resolve(name)].map((place) => realPath(place) + sep);
  return runs.filter(({path}) => places.some((place) => (realPath(path) + sep).startsWith(place)));
}

function isBeginOfId(name: string, id: string): boolean {
  return name.length >= LEAST_DIGITS && id.startsWith(name.toLowerCase());
}

function hintFor(experimentDir: string, name: string, runs: readonly RunSummary[]): string {
  const place = [resolve(experimentDir, name), resolve(name)].find((each) => existsSync(each));
  if (place !== undefined) return hintOfPlace(experimentDir, place);
  if (!existsSync(experimentDir)) return ` There is no folder ${experimentDir}; --experiment-dir names another.`;
  if (runs.length > 0 && /^\d+$/.test(name) && Number(name) > runs.length) return ` The last index is ${runs.length}.`;
  const known = runs.map(({experiment}) => experiment);
  const close = closestName(name, known);
  if (close) return ` Did you mean \`${close}\`?`;
  const latest = [...new Set(known)].slice(-MOST_NAMED);
  return latest.length > 0 ? ` The latest are: ${latest.join(', ')}.` : '';
}

/** Of something that is there, and is or has no run of the experiments. */
function hintOfPlace(experimentDir: string, place: string): string {
  if (!isFolder(place)) return ` ${place} is a file, and a run is a folder.`;
  const isInside = `${realPath(place)}${sep}`.startsWith(realPath(experimentDir) + sep);
  if (isInside) return ` ${place} holds no runs: ${lookedFor(place)}.`;
  return ` ${place} is outside it: if it holds runs, --experiment-dir names the folder above their experiments; ${contentsInWords(place)}.`;
}

/** The runs, each with what names it alone. */
function severalRuns(experimentDir: string, found: readonly RunSummary[]): string {
  const lines = found
    .slice(0, MOST_NAMED)
    .map(({index, id, path}) => `  ${index}  ${id}  ${relative(experimentDir, path)}`);
  const more = found.length > MOST_NAMED ? [`  and ${found.length - MOST_NAMED} more`] : [];
  return [...lines, ...more, 'Name one by its index, its id or its folder.'].join('\n');
}

/** Where links lead; an absolute path as it is where nothing is there. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}
