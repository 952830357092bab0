import {reachesTarget, type TargetRule, type TargetSplit, targetRuleOf} from '../metrics/index.js';
import {count} from '../support/index.js';
import {type Claim, reasonsNotOfficial} from '../training/index.js';
import {type CheckedRun, checkEvaluations} from './check-evaluations.js';
import {claimedRun, claimedWorkload} from './claimed-run.js';
import type {ExamineOptions} from './examine.js';
import {differs, problemsIn} from './findings.js';
import {inRuntime, loadWithoutSubmission} from './load-recorded.js';

/** A claim, with what the user has asked the run for. */
export interface RequestedClaim extends Claim {
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
 * its submission's code in this process. The workload and the data are those that the user asked for, whatever the folder says, and
 * what is read or loaded is compared first with what the run began with.
 * @throws UserError if something of the run can't be read, or the engine or the data is not there
 */
export async function confirmEvaluations(
  claim: RequestedClaim,
  {load = (work) => work()}: Pick<ExamineOptions, 'load'> = {},
): Promise<Confirmation> {
  const run = claimedRun(claim);
  if (!('path' in run))
    return {workload: '', doubts: run.map((file) => `${file} was changed while the run was under way`)};
  const {dataDir} = claim;
  const workload = claimedWorkload(run, claim.workload, claim.workloadCode);
  const options = await load(() => loadWithoutSubmission(run, {workload, dataDir}, run.config));
  return inRuntime(options, async (runtime) => {
    const {findings} = await checkEvaluations(run, {runtime, options});
    const doubts = [
      ...problemsIn([
        differs('the data folder of the run', run.flags.at(-1)!.dataDir, dataDir),
        differs('the hash of the data that the run began with', run.meta.at(-1)!.data_sha256, runtime.dataSha256),
      ]),
      ...unreached(run, claim.steps, targetRuleOf(options.workload)),
      ...reasonsNotOfficial(options, runtime),
      ...brief(
        findings.filter(({outcome}) => outcome !== 'passed').map(({message}) => message),
        `/${options.workload.target.metric} `,
      ),
    ];
    return {workload: options.workload.name, doubts};
  });
}

/** That what was measured at a step does not reach a split's target, in words. */
function unreached({evaluations}: CheckedRun, steps: Claim['steps'], rule: TargetRule): string[] {
  const isReached = (split: string, step: number): boolean => {
    const measured = evaluations.find((each) => each.step === step);
    return measured !== undefined && reachesTarget(measured, rule, split as TargetSplit);
  };
  return Object.entries(steps)
    .filter(([split, step]) => !isReached(split, step))
    .map(([split, step]) => `the evaluation of step ${count(step)} does not reach the ${split} target`);
}

/** Of many messages the one that matters most, with how many more there are. */
function brief(messages: readonly string[], about: string): string[] {
  if (messages.length < 2) return [...messages];
  const first = messages.find((message) => message.includes(`validation${about}`)) ?? messages[0]!;
  return [`${first} (and ${messages.length - 1} more differences)`];
}
