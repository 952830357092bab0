import {z} from 'zod';
import type {ConfigProblem, InitContext, Submission, Workload} from '../../contract/index.js';
import type {GradientTransformation} from '../../optimizers/index.js';
import {budgetStepsOf, lengthProblems, lengthShape, loggingSchema, type RunLength, stepShape} from '../run-keys.js';
import {optimizerPart, type StepHyperparameters, type StepState, takeTrainingStep} from '../training-step.js';
import type {SubmissionSchedule} from './schedules.js';

/** What `algoperf-ts submissions list` shows of a submission. */
export interface About {
  /** One line. */
  readonly summary: string;
  /** How a parameter `p` is changed, in one line: `g` gradient, `lr` rate, `wd` weight decay, `b1` and `b2` decays of moments. */
  readonly rule: string;
  /** Where it is published: an address. */
  readonly paper: string;
  /** AlgoPerf's ruleset that it is tuned by: `external`, a search space in `configs/search-spaces`; `self`, fixed numbers. */
  readonly ruleset: 'external' | 'self';
}

/** A built-in submission with its description. */
export type NamedSubmission = Submission<StepState> & {readonly about: About};

/** What else an optimizer may be laid out by. */
export interface OptimizerContext {
  /** Steps of the whole run. */
  readonly totalSteps: number;
  readonly workload: Workload;
}

/** An optimizer that a submission is made of: each `NamedOptimizer` is one. */
export interface SubmissionOptimizer {
  /** Its own keys among a config's `hyperparameters`, in snake_case. */
  readonly hyperparameters: z.ZodObject;
  /** Makes it of them, in camelCase. */
  // biome-ignore lint/suspicious/noExplicitAny: their type is that of the schema's output
  make(hyperparameters: any, context: OptimizerContext): GradientTransformation;
  /** What is wrong with hyperparameters that the schema let through: by key, in snake_case. */
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  problems?(hyperparameters: any): readonly {readonly key: string; readonly message: string}[];
}

/** What a named submission is made of. */
export interface NamedSubmissionOptions extends About {
  readonly optimizer: SubmissionOptimizer;
  readonly schedule: SubmissionSchedule;
}

/** A config of a named submission as code speaks of it. */
interface NamedConfig {
  readonly batchSize?: number;
  readonly hyperparameters: StepHyperparameters & {readonly learningRate: number};
  readonly schedule: RunLength & {readonly [key: string]: unknown};
  readonly logging: {readonly everySteps: number};
}

/**
 * A submission of one optimizer and one schedule over the whole run, at whose end it ends. Its config has AlgoPerf's names:
 * `hyperparameters` holds `learning_rate`, the keys of optimizer and schedule, and `dropout_rate`, `label_smoothing` and `grad_clip`.
 */
export function namedSubmission(options: NamedSubmissionOptions): NamedSubmission {
  const {optimizer, schedule, summary, rule, paper, ruleset} = options;
  return {
    about: {summary, rule, paper, ruleset},
    configSchema: schemaOf(options),
    checkConfig: (config: NamedConfig, workload) => [
      ...runLengthProblems(config.schedule, workload),
      ...(schedule.problems?.(config.schedule) ?? []),
      ...hyperparameterProblems(options, config.hyperparameters),
    ],
    getBatchSize: (workload, config: NamedConfig) => config.batchSize ?? workload.batchSize,
    initOptimizerState({workload, model, config, recorder, saved}: InitContext): StepState {
      const {hyperparameters, logging, schedule: length} = config as NamedConfig;
      const totalSteps = budgetStepsOf(length, workload);
      const drawing = {...schedule.make(hyperparameters, {...length, totalSteps}), totalSteps};
      if (saved === undefined) recorder.schedule(drawing);
      const made = optimizer.make(hyperparameters, {totalSteps, workload});
      return {
        learningRate: drawing.learningRate,
        totalSteps,
        loggedSteps: logging.everySteps,
        ...optimizerPart({workload, model, optimizer: made, hyperparameters}),
        // Everything but the tensors follows from the config.
        save: () => null,
      };
    },
    updateParams(context) {
      const {outputs, learningRate} = takeTrainingStep(context);
      const {totalSteps} = context.optimizerState as StepState;
      return {
        loss: () => outputs.number('loss'),
        learningRate,
        trainingComplete: context.globalStep + 1 >= totalSteps!,
      };
    },
    dataSelection: ({inputQueue}) => inputQueue.next(),
  };
}

function schemaOf({optimizer, schedule}: NamedSubmissionOptions): z.ZodObject {
  return z.strictObject({
    hyperparameters: z.strictObject({
      learning_rate: z
        .number()
        .gt(0)
        .describe('Highest rate of the schedule')
        .meta({examples: [0.001]}),
      ...optimizer.hyperparameters.shape,
      ...schedule.hyperparameters.shape,
      ...stepShape,
    }),
    schedule: z.strictObject({...schedule.keys.shape, ...lengthShape}).prefault({}),
    logging: loggingSchema,
  });
}

function runLengthProblems(length: RunLength, workload: Workload): ConfigProblem[] {
  const problems = lengthProblems(length, workload);
  if (problems.length > 0 || budgetStepsOf(length, workload) >= 1) return problems;
  return [{path: ['schedule', 'budget_step_hints'], message: 'the run would have no step'}];
}

function hyperparameterProblems(
  {optimizer, schedule}: NamedSubmissionOptions,
  hyperparameters: NamedConfig['hyperparameters'],
): ConfigProblem[] {
  const ofOptimizer = optimizer.problems?.(hyperparameters) ?? [];
  const ofSchedule = schedule.hyperparameterProblems?.(hyperparameters as never) ?? [];
  return [...ofOptimizer, ...ofSchedule].map(({key, message}) => ({path: ['hyperparameters', key], message}));
}
