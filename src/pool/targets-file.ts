import {z} from 'zod';
import {mistakesText, pathText, problemsOfIssues, quoted, readYaml, type YamlFile} from '../config/index.js';
import {formatPlace, UserError} from '../support/index.js';
import {goalOf, type TableTarget, type TargetTable} from './algoperf-targets.js';

const targetSchema = z.strictObject({
  target_metric_name: z.string().min(1),
  validation_target_value: z.number(),
  step_hint: z.number().optional(),
  target_metric_goal: z.enum(['minimize', 'maximize']).optional(),
  max_allowed_runtime_sec: z.number().positive().optional(),
  target_is_inclusive: z.boolean().optional(),
});

const fileSchema = z.object({
  base_workloads: z.array(z.string()).refine((names) => names.length > 0, 'must name at least one workload'),
  held_out_workloads: z.array(z.string()).optional(),
  workloads: z.looseObject({}),
});

/** A mistake, before its place in the file is known. */
interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly ofKey?: boolean;
}

/**
 * Reads a file of targets in the form of AlgoPerf's `workload_targets.json`: `base_workloads`, `held_out_workloads` and, by name,
 * `workloads` with `target_metric_name`, `validation_target_value` and, if one likes, `target_metric_goal` (default: that of AlgoPerf's
 * metric of the name), `max_allowed_runtime_sec` (default: no limit), `target_is_inclusive` (default: true) and `step_hint`, which scores
 * don't need. Other keys at the top are passed over.
 * @throws UserError telling all mistakes, each with file, line, column and key
 */
export function readTargets(path: string): TargetTable {
  const file = readYaml(path);
  const mistakes = mistakesIn(file.value);
  if (mistakes.length > 0) throw new UserError(mistakesText(mistakes.map((mistake) => mistakeText(file, mistake))));
  const {base_workloads: base, held_out_workloads: heldOut = [], workloads} = fileSchema.parse(file.value);
  const targets = Object.entries(workloads).map(([name, given]): [string, TableTarget] => [name, targetOf(given)]);
  return {workloads: new Map(targets), base, heldOut};
}

function targetOf(given: unknown): TableTarget {
  const target = targetSchema.parse(given);
  return {
    metric: target.target_metric_name,
    goal: target.target_metric_goal ?? goalOf(target.target_metric_name)!,
    value: target.validation_target_value,
    inclusive: target.target_is_inclusive ?? true,
    limitSeconds: target.max_allowed_runtime_sec,
  };
}

function mistakeText({file, locator}: YamlFile, {path, message, ofKey = false}: Mistake): string {
  const place = formatPlace({file, ...locator.placeOf(path, ofKey)});
  return [place, ...(path.length > 0 ? [pathText(path)] : []), message].join(': ');
}

function mistakesIn(value: unknown): Mistake[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return [{path: [], message: `must be a mapping with base_workloads and workloads, found ${quoted(value ?? null)}`}];
  const result = fileSchema.safeParse(value);
  if (!result.success) return problemsOfIssues(result.error.issues, fileSchema, value);
  const {base_workloads: base, held_out_workloads: heldOut = [], workloads} = result.data;
  return [
    ...Object.entries(workloads).flatMap(([name, given]) => targetMistakes(name, given)),
    ...unknownNames('base_workloads', base, workloads),
    ...unknownNames('held_out_workloads', heldOut, workloads),
    ...heldOut.flatMap((name, i) => baseMistakes(name, i, base)),
  ];
}

function targetMistakes(name: string, given: unknown): Mistake[] {
  const result = targetSchema.safeParse(given);
  const found = Object(given) as {target_metric_name?: unknown; target_metric_goal?: unknown};
  if (!result.success)
    return problemsOfIssues(result.error.issues, targetSchema, given).map((problem) => ({
      ...problem,
      path: ['workloads', name, ...problem.path],
    }));
  if (found.target_metric_goal !== undefined || goalOf(String(found.target_metric_name))) return [];
  const message = `must have target_metric_goal, minimize or maximize: AlgoPerf has no metric ${quoted(found.target_metric_name)}`;
  return [{path: ['workloads', name], message, ofKey: true}];
}

function unknownNames(key: string, names: readonly string[], workloads: object): Mistake[] {
  return names.flatMap((name, i) =>
    Object.hasOwn(workloads, name) ? [] : [{path: [key, i], message: `${quoted(name)} is not among workloads`}],
  );
}

function baseMistakes(name: string, i: number, base: readonly string[]): Mistake[] {
  if (baseOf(name, base) !== undefined) return [];
  return [
    {path: ['held_out_workloads', i], message: `${quoted(name)} has the name of no base workload before its own`},
  ];
}

/** The base workload whose name a variant's begins with. */
export function baseOf(variant: string, base: readonly string[]): string | undefined {
  return base.find((name) => variant.startsWith(`${name}_`));
}
