import type {Ending, Judge, Trial, TrialRecord} from './trial-types.js';

/**
 * Has a run judged beside others where it has just been evaluated, also when it continues from there. Waiting for others is on the clock
 * of logging, and puts no evaluation forward.
 * @returns the run's end, if that is the judgement
 */
export async function judged({rules, clock, progress, signal}: Trial): Promise<Ending | undefined> {
  const {evaluations, globalStep} = progress;
  const {judge} = rules;
  if (!judge || evaluations.at(-1)?.globalStep !== globalStep) return undefined;
  const judgement = await clock.time('logging', () => judge(evaluations, signal));
  progress.lastEvaluationAt = clock.now();
  return judgement?.isOver ? {status: 'terminated_early', reason: judgement.message} : undefined;
}

/** The judge, each of whose judgements is an event of the run. */
export function onRecord(judge: Judge | undefined, event: TrialRecord['event']): Judge | undefined {
  if (!judge) return undefined;
  return async (evaluations, signal) => {
    const judgement = await judge(evaluations, signal);
    if (judgement) {
      const {message, isOver} = judgement;
      event(evaluations.at(-1)!.globalStep, {name: 'bracket', message, data: {ends: isOver}});
    }
    return judgement;
  };
}
