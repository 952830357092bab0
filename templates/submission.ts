import type {InitContext, InputQueue, SubmissionConfig, UpdateContext, Workload} from 'algoperf-ts';
import {adamw, gradientSteps, z} from 'algoperf-ts';

// A submission is a module with AlgoPerf's functions. This one is AdamW with a linear warm-up and a linear decay.
// Put your own schedule, optimizer and steps in place of these; every name that is not yours is described in the package's types.

/** The config's own keys: snake_case in the file and in `--set`, camelCase in code. With a default for each, no file is needed. */
export const configSchema = z.strictObject({
  hyperparameters: z
    .strictObject({
      learning_rate: z.number().gt(0).default(0.002).describe('Highest rate of the schedule'),
      warmup_factor: z.number().min(0).max(1).default(0.05).describe('Warm-up steps as a share of the run'),
      one_minus_beta1: z.number().gt(0).max(1).default(0.1).describe('1 minus the decay of the first moment'),
      beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment'),
      weight_decay: z.number().min(0).default(0.01).describe('Decoupled weight decay'),
    })
    .prefault({}),
});

/** Examples in a training batch: `batch_size` of the config, if it is given. */
export const getBatchSize = (workload: Workload, config: SubmissionConfig) => config.batchSize ?? workload.batchSize;

/** Called once, before the first step: the schedule, the optimizer's tensors, and the functions that steps run. */
export function initOptimizerState({workload, model, config, recorder, saved}: InitContext) {
  const {learningRate: peak, warmupFactor, oneMinusBeta1, beta2, weightDecay} = config.hyperparameters;
  // Lay the schedule out over the workload's step hint, never over steps that you counted for one workload.
  const totalSteps = workload.budget.stepHint;
  const warmupSteps = Math.floor(warmupFactor * totalSteps);
  const learningRate = (step: number): number =>
    step < warmupSteps ? (peak * step) / warmupSteps : (peak * (totalSteps - step)) / (totalSteps - warmupSteps || 1);
  // Drawn at once, into the run's folder. A run that continues from a checkpoint (`saved` is given) has its picture.
  if (saved === undefined)
    recorder.schedule({learningRate, totalSteps, cycles: [{start: 0, end: totalSteps, label: 'linear + linear'}]});

  // An optimizer is a chain of gradient transformations; `chain` makes one of your own and the package's.
  const optimizer = adamw({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay});
  return {
    // Called only where a run begins: on resuming the tensors come from the checkpoint.
    init: () => optimizer.init(model.params, workload.paramTypes),
    // Forward, backward, optimizer, as one graph where the engine has graphs.
    ...gradientSteps({workload, optimizer}),
    // Everything on the host that a resumed run needs, as plain data. Here all of it follows from the config.
    save: () => null,
    totalSteps,
    learningRate,
  };
}

type State = ReturnType<typeof initOptimizerState>;

/** The batch of the next step. */
export const dataSelection = ({inputQueue}: {inputQueue: InputQueue}) => inputQueue.next();

/** One step. What it returns is for the progress line, but for `trainingComplete`, which ends the run. */
export function updateParams({program, optimizerState, batch, key, globalStep}: UpdateContext<State>) {
  const learningRate = optimizerState.learningRate(globalStep);
  const entry = optimizerState.entryOf({count: globalStep});
  const outputs = program.run(entry, {batch, learningRate, key, step: globalStep});
  return {
    loss: () => outputs.number('loss'),
    learningRate,
    trainingComplete: globalStep + 1 >= optimizerState.totalSteps,
  };
}
