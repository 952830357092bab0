import {reachesTarget, type TargetRule, type TargetSplit, targetRuleOf} from '../metrics/index.js';
import {type CodeHashes, differingFiles, hashesKey, hashesOf, readUserCode} from '../runs/index.js';
import {count} from '../support/index.js';
import {type Claim, fixedHashes, type RunOptions, reasonsNotOfficial} from '../training/index.js';
import {checkEvaluations} from './check-evaluations.js';
import type {ExamineOptions} from './examine.js';
import {differs, problemsIn} from './findings.js';
import {inRuntime, loadWithoutSubmission} from './load-recorded.js';
import {type RecordedEvaluation, readRecorded} from './recorded-run.js';

/** A claim, with what the user has asked the run for. */
export interface AskedClaim extends Claim {
  /** As `run --workload` has it. */
  readonly workload: string;
  /** As `run --data-dir` has it. */
  readonly dataDir?: string | undefined;
}

/** What a claim came to. */
export interface Confirmation {
  /** The workload's name. */
  readonly workload: string;
  /** Why the claim does not count, in words; empty: it does. */
  readonly doubts: readonly string[];
}

/**
 * Repeats the evaluations by which a run that is about to end claims to have reached its targets, from its checkpoints, with none of
 * its submission's code in this process. The workload and the data are those that the user asked for, whatever the folder says.
 * @throws UserError if something of the run can't be read, or the engine or the data is not there
 */
export async function confirmEvaluations(
  {path, steps, others, settings, workload, dataDir}: AskedClaim,
  {load = (work) => work()}: Pick<ExamineOptions, 'load'> = {},
): Promise<Confirmation> {
  const run = readRecorded(path);
  const [flags, meta] = [run.flags.at(-1)!, run.meta.at(-1)!];
  const options = await load(async () => {
    const asked = await loadWithoutSubmission(run, {workload, dataDir});
    // A workload's file that was edited in the meantime is in the run as it was loaded.
    return isAsBegun(asked, meta[hashesKey('workload')]) ? asked : loadWithoutSubmission(run, {dataDir});
  });
  const rule = targetRuleOf(options.workload);
  return inRuntime(options, async (runtime) => {
    const claimed = [...new Set([...Object.values(steps), ...others])];
    const {findings} = await checkEvaluations({...run, checkpoints: claimed, result: undefined}, {runtime, options});
    const doubts = [
      ...problemsIn([
        differs('the data folder of the run', flags.dataDir, dataDir),
        differs('the hash of the data that the run began with', meta.data_sha256, runtime.dataSha256),
        ...Object.entries(steps).map((mark) =>
          unreached(
            run.evaluations.find(({step}) => step === mark[1]),
            rule,
            mark,
          ),
        ),
      ]),
      ...differingFiles(settings, fixedHashes(path)).map((file) => `${file} was changed while the run was under way`),
      ...reasonsNotOfficial(options, runtime),
      ...brief(
        findings.filter(({outcome}) => outcome !== 'passed').map(({message}) => message),
        `/${rule.metric} `,
      ),
    ];
    return {workload: options.workload.name, doubts};
  });
}

/** Whether the files of the workload that were loaded here are those that the run began with; either may have more, which are loaded later. */
function isAsBegun({modules = {}}: RunOptions, begun: unknown): boolean {
  const before = Object(begun) as CodeHashes;
  const now = readUserCode({workload: modules.workload}).flatMap(({files}) => Object.entries(hashesOf(files)));
  return now.every(([file, hash]) => before[file] === undefined || before[file] === hash);
}

/** That the row of a step, which the table may lack, does not reach a split's target, in words. */
function unreached(
  row: RecordedEvaluation | undefined,
  rule: TargetRule,
  [split, step]: [string, number],
): string | undefined {
  if (row && reachesTarget(row, rule, split as TargetSplit)) return undefined;
  return `the evaluation of step ${count(step)} does not reach the ${split} target`;
}

/** Of many messages the one that matters most, with how many more there are. */
function brief(messages: readonly string[], about: string): string[] {
  if (messages.length < 2) return [...messages];
  const first = messages.find((message) => message.includes(`validation${about}`)) ?? messages[0]!;
  return [`${first} (and ${messages.length - 1} more differences)`];
}
