/** What a check came to; `unchecked`: what it needs is not there. */
export interface Finding {
  /** Which check: `evaluations`, `targets`, `clock`, ... */
  readonly check: CheckName;
  readonly outcome: 'passed' | 'failed' | 'unchecked';
  /** In words. */
  readonly message: string;
}

export const checkNames = Object.freeze([
  'files',
  'hashes',
  'settings',
  'code',
  'data',
  'targets',
  'tables',
  'result',
  'clock',
  'schedule',
  'evaluations',
] as const);

export type CheckName = (typeof checkNames)[number];

/** What is said of code of the user's own that throws where it is loaded from a run's folder. */
export const OWN_CODE_REMEDY =
  'the run keeps no files that its code reads or starts by itself: name a workload that does so where it lies, by --workload';

export function failed(check: CheckName, message: string): Finding {
  return {check, outcome: 'failed', message};
}

export function unchecked(check: CheckName, message: string): Finding {
  return {check, outcome: 'unchecked', message};
}

/** What a check found wrong; where that is nothing, that it has passed. */
export function passedUnless(check: CheckName, problems: readonly string[], message: string): Finding[] {
  if (problems.length > 0) return problems.map((problem) => failed(check, problem));
  return [{check, outcome: 'passed', message}];
}

/** Two values that should be the same, in words; undefined where they are. */
export function differs(what: string, found: unknown, expected: unknown): string | undefined {
  const [is, was] = [JSON.stringify(found), JSON.stringify(expected)];
  return is === was ? undefined : `${what} is ${is}, and should be ${was}`;
}

/** Those that are problems. */
export function problemsIn(found: readonly (string | undefined)[]): string[] {
  return found.filter((each) => each !== undefined);
}
