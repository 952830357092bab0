import {z} from 'zod';

/** Hyperparameters that several optimizers have, as a config has them. */

/** 1 minus the decay of the first moment, or 1 minus the momentum. */
export const oneMinusBeta1 = z
  .number()
  .gt(0)
  .max(1)
  .describe(
    '1 minus the decay of the first moment; for sgd 1 minus the momentum, for schedule_free_adamw the share of what is not averaged in what is trained',
  )
  .meta({examples: [0.067]});

/** Decay of the second moment. */
export const beta2 = z
  .number()
  .min(0)
  .lt(1)
  .describe('Decay of the second moment, for lion of the momentum: required where the optimizer has one')
  .meta({examples: [0.995]});

/** Decoupled weight decay, or an L2 penalty. */
export const weightDecay = z
  .number()
  .min(0)
  .describe('Decoupled weight decay, times the rate taken from the parameters; for sgd an L2 penalty')
  .meta({examples: [0.08]});

/** Which optimizer a part is left to. */
export const innerOptimizer = z
  .enum(['adamw', 'nadamw'])
  .optional()
  .describe(
    'What trains the fast parameters of single_worker_diloco, and for muon what is not a matrix; adamw if it is left out',
  );
