import {join} from 'node:path';
import {type Json, recordNames} from '../contract/index.js';
import type {TargetRule} from '../metrics/index.js';
import {parseNumber} from './csv.js';
import {readEvents} from './events.js';
import {FILES} from './layout.js';
import type {ListedRun} from './listed-run.js';
import {latestHashes} from './recorded-code.js';
import {readTable} from './tables.js';
import {readTargetRule} from './target-facts.js';

/** A run beside others. */
export interface ComparedRun {
  readonly run: ListedRun;
  /** Undefined where the run's files do not name it. */
  readonly target: TargetRule | undefined;
  readonly evaluations: readonly {
    readonly step: number;
    /** On the submission's clock. */
    readonly seconds: number;
    /** By `split/name`. */
    readonly metrics: {readonly [name: string]: number};
  }[];
  readonly resets: number;
  readonly earlyStops: number;
}

/**
 * What a comparison shows of a run.
 * @throws UserError if one of its tables can't be read
 */
export function comparedRun(run: ListedRun): ComparedRun {
  const events = readEvents(run.path).events.map(({event}) => event);
  const evaluations = readTable(join(run.path, FILES.evaluations)).map((row) => ({
    step: parseNumber(row.global_step),
    seconds: parseNumber(row.accumulated_submission_time),
    metrics: Object.fromEntries(Object.entries(row).map(([name, text]) => [name, parseNumber(text)])),
  }));
  return {
    run,
    target: readTargetRule(run.path),
    evaluations,
    resets: events.filter((event) => event === recordNames.events.reset).length,
    earlyStops: events.filter((event) => event === recordNames.events.earlyStop).length,
  };
}

/** Runs that differ in nothing but their seeds. */
export interface RunGroup {
  /** `A`, `B`, ..., `Z`, `AA`, ... */
  readonly name: string;
  /** What they have in common: their config, engine and the hashes of the user's code. */
  readonly settings: {readonly [key: string]: Json};
  readonly runs: readonly ComparedRun[];
}

/** The groups of runs with the same settings, in the order of their first runs. */
export function groupsOf(runs: readonly ComparedRun[]): RunGroup[] {
  const groups = new Map<string, {settings: RunGroup['settings']; runs: ComparedRun[]}>();
  for (const compared of runs) {
    const settings = settingsOf(compared.run);
    const key = JSON.stringify(settings);
    const group = groups.get(key) ?? {settings, runs: []};
    group.runs.push(compared);
    groups.set(key, group);
  }
  return [...groups.values()].map((group, i) => ({name: letters(i), ...group}));
}

function settingsOf({path, workload, backend, config}: ListedRun): RunGroup['settings'] {
  return {workload, backend, ...config, ...latestHashes(path)};
}

/** Counts as spreadsheets count their columns. */
function letters(number: number): string {
  const [rest, digit] = [Math.floor(number / 26), number % 26];
  return `${rest > 0 ? letters(rest - 1) : ''}${String.fromCharCode(65 + digit)}`;
}
