import {existsSync} from 'node:fs';
import {loadWorkload, workloadNames} from '../../workloads/index.js';
import {signOf, type TargetRule, targetRuleOf} from '../metrics/index.js';
import {numbered, readMapping, readTargetRule} from '../runs/index.js';
import type {HeldOut, ScoringRules} from '../scoring/index.js';
import {UserError} from '../support/index.js';
import {type AlgoperfVersion, algoperfTargets, type TableTarget, type TargetTable} from './algoperf-targets.js';
import type {WorkloadFolder} from './find-folders.js';
import {baseOf, readTargets} from './targets-file.js';

/** Which of AlgoPerf's rulesets runs were made by: a self-tuning submission has one trial and half as much time again. */
export type TuningRuleset = 'external' | 'self';

/** A workload's target, and where it is from. */
export interface ResolvedTarget extends TableTarget {
  /** `workload`, `run`, `AlgoPerf 1.0`, or the file. */
  readonly source: string;
}

/** What a pool is scored on. */
export interface ResolvedTargets {
  readonly targets: ReadonlyMap<string, ResolvedTarget>;
  /** What scores are made of. */
  readonly workloads: readonly string[];
  readonly heldOut: readonly HeldOut[];
  /** Workloads with runs that don't count, with the reason. */
  readonly left: readonly {readonly workload: string; readonly reason: string}[];
}

/** How targets are chosen. */
export interface TargetOptions {
  /** A file in AlgoPerf's form, or `0.6`, `1.0`; default: each workload's own. */
  readonly targets?: string | undefined;
  /** Default: the base workloads of `targets`; without it, all workloads with runs. */
  readonly workloads?: readonly string[] | undefined;
  readonly ruleset: TuningRuleset;
  readonly rules: ScoringRules;
}

const VERSIONS: readonly AlgoperfVersion[] = ['0.6', '1.0'];
const SELF_TUNING_FACTOR = 1.5;

/**
 * The targets of the workloads that runs are scored on.
 * @throws UserError if a workload that is asked for has none
 */
export async function resolveTargets(
  folders: readonly WorkloadFolder[],
  {targets, workloads, ruleset, rules}: TargetOptions,
): Promise<ResolvedTargets> {
  const present = [...new Set(folders.map(({workload}) => workload))].sort();
  const table = targets === undefined ? undefined : tableOf(targets);
  const source = VERSIONS.some((version) => version === targets) ? `AlgoPerf ${targets}` : targets;
  const chosen = workloads ?? table?.base;
  const heldOut = table ? heldOutOf(table, {chosen: chosen!, present, rules}) : [];
  const names = chosen ? [...chosen, ...heldOut.map(({name}) => name)] : present;
  const found = new Map<string, ResolvedTarget>();
  for (const name of names) {
    const target = table
      ? table.workloads.has(name) && {...table.workloads.get(name)!, source: source!}
      : await ownTarget(name, folders, ruleset);
    if (target) found.set(name, target);
    else if (workloads?.includes(name)) throw new UserError(unknownWorkload(name, source, table));
  }
  const scored = (chosen ?? present).filter((name) => found.has(name));
  const left = present
    .filter((name) => !found.has(name))
    .map((workload) => ({
      workload,
      reason: names.includes(workload) ? 'no target is known for it' : 'it is none of the workloads that are scored',
    }));
  return {targets: found, workloads: scored, heldOut, left};
}

function tableOf(targets: string): TargetTable {
  const version = VERSIONS.find((each) => each === targets);
  if (version) return algoperfTargets(version);
  if (targets === '' || !existsSync(targets))
    throw new UserError(
      `--targets: there is no file '${targets}'; it must be a file, or a version of AlgoPerf: ${VERSIONS.join(' or ')}`,
    );
  return readTargets(targets);
}

interface Choice {
  readonly chosen: readonly string[];
  readonly present: readonly string[];
  readonly rules: ScoringRules;
}

/** The variants that the table holds out; by AlgoPerf's code, if it holds out none, all variants with runs. */
function heldOutOf(table: TargetTable, {chosen, present, rules}: Choice): HeldOut[] {
  const isByCode = rules !== 'written' && table.heldOut.length === 0;
  const variants = isByCode
    ? present.filter((name) => table.workloads.has(name) && !chosen.includes(name))
    : table.heldOut;
  return variants.flatMap((name) => {
    const base = baseOf(name, chosen);
    return base === undefined ? [] : [{name, base}];
  });
}

function unknownWorkload(name: string, source: string | undefined, table: TargetTable | undefined): string {
  const where = table
    ? `in the targets of ${source}`
    : 'for it: it is not a built-in workload, and no run of this tool recorded one';
  return `--workloads: '${name}': no target is known ${where}; --targets names a file with one`;
}

/** AlgoPerf's own runs go by AlgoPerf's targets, for which equality is enough; this tool's by the workload's, or by what they recorded. */
async function ownTarget(
  name: string,
  folders: readonly WorkloadFolder[],
  ruleset: TuningRuleset,
): Promise<ResolvedTarget | undefined> {
  const ours = folders.filter(({workload, isOurs}) => workload === name && isOurs);
  const known = algoperfTargets('1.0').workloads.get(name);
  if (known && ours.length === 0) return {...known, source: 'AlgoPerf 1.0'};
  if (workloadNames.includes(name)) {
    const workload = await loadWorkload(name);
    const factor = ruleset === 'self' ? SELF_TUNING_FACTOR : 1;
    return {...ofRule(targetRuleOf(workload)), limitSeconds: workload.budget.seconds * factor, source: 'workload'};
  }
  const recorded = ours
    .flatMap(({path, trials}) => trials.map((trial) => `${path}/${trial}`))
    .flatMap((path) => ({path, rule: readTargetRule(path)}));
  const first = recorded.find(({rule}) => rule !== undefined);
  if (first) return {...agreed(name, first.path, first.rule!, recorded), source: 'run'};
  return known && {...known, source: 'AlgoPerf 1.0'};
}

function ofRule({metric, goal, inclusive, validation}: TargetRule): TableTarget {
  return {metric, goal, inclusive, value: validation};
}

/** The target recorded by all runs of a workload. */
function agreed(
  name: string,
  path: string,
  rule: TargetRule,
  recorded: readonly {readonly path: string; readonly rule: TargetRule | undefined}[],
): TableTarget {
  const text = (of: TargetRule) => `${of.metric} ${signOf(of)} ${of.validation}`;
  const other = recorded.find((each) => each.rule && text(each.rule) !== text(rule));
  if (other)
    throw new UserError(
      `${name}: the runs have different targets: ${text(rule)} in ${path}, ${text(other.rule!)} in ${other.path}; --targets names a file that decides`,
    );
  return ofRule(rule);
}

/** Whether runs say that they are of a submission that tunes itself. */
export function isSelfTuning(folders: readonly WorkloadFolder[]): boolean {
  return folders.some(
    ({isOurs, path, trials}) =>
      isOurs &&
      trials.some((trial) => readMapping(`${path}/${trial}`, numbered('meta_data', 0))?.tuning_ruleset === 'self'),
  );
}
