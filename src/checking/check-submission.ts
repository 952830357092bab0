import {z} from 'zod';
import {type ConfigSource, readConfig} from '../config/index.js';
import {openEngine} from '../engine/index.js';
import {checkProblem, type ProblemResult} from './check-problem.js';
import {findingsOfFailure} from './failure.js';
import {CHECKS, type CheckName, checkNames, type Finding, merged} from './findings.js';
import {placesIn} from './places.js';
import {loadProblem, type ProblemName, problemNames} from './problems/index.js';

/** Which submission to check, and how. */
export interface SubmissionCheckOptions {
  /** A name, or the path of a .ts or .js file. */
  readonly submission: string;
  /** A config file's path; default: what the submission brings along, or nothing. */
  readonly config?: string | undefined;
  /** Changes of the config's keys, each `key=value`. */
  readonly set?: readonly string[] | undefined;
  /** `auto`, `tensorflow`, `wasm` or `cpu`; default `auto`. */
  readonly backend?: string | undefined;
  /** The problems to run it on; default: all. */
  readonly problems?: readonly ProblemName[] | undefined;
}

/** The same as a schema. */
export const submissionCheckOptions = z.strictObject({
  submission: z.string(),
  config: z.string().optional(),
  set: z.array(z.string()).readonly().optional(),
  backend: z.string().optional(),
  problems: z.array(z.enum(problemNames)).readonly().optional(),
} satisfies {readonly [name in keyof Required<SubmissionCheckOptions>]: z.ZodType});

/** The outcome of one check. */
export interface CheckOutcome {
  readonly name: CheckName;
  /** What it means to pass. */
  readonly meaning: string;
  /** Null: not checked, because of another finding. */
  readonly passed: boolean | null;
}

/** A finding, reported once for all problems on which it occurs. */
export interface ReportedFinding extends Omit<Finding, 'place'> {
  readonly problems: readonly string[];
  /** As the user wrote it. */
  readonly file: string;
  /** Counts from 1, as does the column; absent where it is not known. */
  readonly line?: number;
  readonly column?: number;
}

/** The report of a submission's check. */
export interface SubmissionReport {
  readonly submission: string;
  /** The engine that was opened; the requested one if the process ended early. */
  readonly engine: string;
  readonly passed: boolean;
  readonly checks: readonly CheckOutcome[];
  readonly findings: readonly ReportedFinding[];
}

/**
 * Runs a submission on small problems, about a second each, and reports what is wrong with it. Nothing is written.
 * @throws UserError if the config can't be read, or the engine is not there
 */
export async function checkSubmission(options: SubmissionCheckOptions): Promise<SubmissionReport> {
  const {submission, config, set = [], backend = 'auto', problems = problemNames} = options;
  const source: ConfigSource = readConfig(config, {submission, set});
  const {backend: engine} = await openEngine(backend);
  const places = placesIn(submission);
  const results: ProblemResult[] = [];
  for (const name of problems) {
    results.push(await checkProblem({source, workload: await loadProblem(name), backend: engine, places}));
    // The other problems would show the same.
    if (results[0]!.findings.some(({check}) => check === 'loads')) break;
  }
  const findings = merged(results).map(({place, ...finding}) => ({...finding, ...place}));
  const checks = checkNames.map((name) => ({name, meaning: CHECKS[name], passed: outcomeOf(name, results)}));
  return {submission, engine, passed: findings.length === 0, checks, findings};
}

/** The report on a submission that ended the process. */
export function reportOfEnd(submission: string, engine: string, reason: Error): SubmissionReport {
  const findings = findingsOfFailure(reason, 'runs', placesIn(submission));
  const checks = checkNames.map((name) => ({name, meaning: CHECKS[name], passed: name === 'runs' ? false : null}));
  return {
    submission,
    engine,
    passed: false,
    checks,
    findings: findings.map(({place, ...finding}) => ({...finding, problems: [], ...place})),
  };
}

function outcomeOf(name: CheckName, results: readonly ProblemResult[]): boolean | null {
  if (results.some(({findings}) => findings.some(({check}) => check === name))) return false;
  return results.every(({checked}) => checked.includes(name)) ? true : null;
}
