import type {Place} from '../support/index.js';

/** The checks of a submission in the order of the report, each with what it means to pass. */
export const CHECKS = {
  loads: 'the module loads, exports the functions and accepts the config',
  parameters: 'the functions use only the arguments that they get',
  runs: 'it runs, and its results have the required form',
  schedule: "the schedule ends within the workload's step hint",
  changes: 'every parameter is trained',
  finite: 'parameters and losses stay finite',
  repeats: 'the same seed gives the same numbers',
  resumes: 'a resumed run gives the same numbers as an uninterrupted one',
  tensors: 'no tensors leak',
  evaluation_params: 'evaluations do not affect training',
  evaluation_data: 'the evaluation splits are not touched',
  workload_name: "the workload's name is not read",
} as const;

/** The name of a check. */
export type CheckName = keyof typeof CHECKS;

export const checkNames = Object.keys(CHECKS) as CheckName[];

/** Something that is wrong with a submission. */
export interface Finding {
  readonly check: CheckName;
  /** The submission's file, or the name of a built-in one; the line where it is known. */
  readonly place: Place;
  /** What was found. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** The findings on several problems without duplicates, each with the names of its problems. */
export function merged(
  found: readonly {readonly problem: string; readonly findings: readonly Finding[]}[],
): (Finding & {readonly problems: readonly string[]})[] {
  const byText = new Map<string, Finding & {readonly problems: string[]}>();
  for (const {problem, findings} of found) {
    for (const finding of findings) {
      const {check, place, message} = finding;
      const text = JSON.stringify([check, place.file, place.line, message]);
      const known = byText.get(text);
      if (known) known.problems.push(problem);
      else byText.set(text, {...finding, problems: [problem]});
    }
  }
  return [...byText.values()].sort((a, b) => checkNames.indexOf(a.check) - checkNames.indexOf(b.check));
}
