import type {Submission} from '../contract/index.js';
import type {Profiler} from './profiler.js';
import type {Trial} from './trial-types.js';

/**
 * The same trial with its parts timed. Each step is done before the next one begins, as AlgoPerf waits for the device: an engine that
 * would put steps off is a little slower for it.
 */
export function profiledTrial(trial: Trial, profiler: Profiler): Trial {
  const {record, evaluate} = trial;
  return {
    ...trial,
    submission: profiledSubmission(trial, profiler),
    evaluate: (shouldContinue) => profiler.time('Evaluation', () => evaluate(shouldContinue)),
    record: {
      recorder: record.recorder,
      event: record.event,
      flush: (globalStep) => profiler.time('Logging', () => record.flush(globalStep)),
      evaluation: (result, times) => profiler.time('Logging', () => record.evaluation(result, times)),
      checkpoint: (...call) => profiler.time('Logging', () => record.checkpoint(...call)),
    },
  };
}

function profiledSubmission({submission, program}: Trial, profiler: Profiler): Submission {
  const whole = <T>(result: T): T => {
    program.flush();
    return result;
  };
  return {
    ...submission,
    dataSelection: (context) => profiler.time('Data selection', () => submission.dataSelection(context)),
    updateParams: (context) =>
      profiler.time('Update parameters', () => {
        const result = submission.updateParams(context);
        return result instanceof Promise ? result.then(whole) : whole(result);
      }),
    ...(submission.prepareForEval && {
      prepareForEval: (context) => profiler.time('Prepare for eval', () => submission.prepareForEval!(context)),
    }),
  };
}
