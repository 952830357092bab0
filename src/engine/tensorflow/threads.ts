/** What the threads will have to do. */
export interface Work {
  readonly batchSize: number;
  /** Multiply-adds of one example's way through the model; undefined: not known, taken for many. */
  readonly multiplyAdds: number | undefined;
}

/**
 * Multiply-adds a pass below which a second thread costs more than it brings. Measured on two cores with 101,770 parameters: one
 * thread is 25 to 40 % faster up to batch 384, two are 10 % faster at 512 and more above.
 */
const LEAST_MULTIPLY_ADDS = 4e7;

/**
 * How many threads TensorFlow should have for the work, as environment variables. For small steps: one thread within an
 * operation, and operations run where they are asked for (-1), since handing them to another thread takes longer than most
 * of them do. For large ones nothing: TensorFlow takes all cores.
 */
export function threadVariables({batchSize, multiplyAdds = Number.POSITIVE_INFINITY}: Work): {
  readonly [name: string]: string;
} {
  const isLarge = batchSize * multiplyAdds > LEAST_MULTIPLY_ADDS;
  return isLarge ? {} : {TF_NUM_INTEROP_THREADS: '-1', TF_NUM_INTRAOP_THREADS: '1'};
}

/**
 * Sets the process's threads for the work. TensorFlow reads the variables when it is loaded, and never again: to be called
 * before that. A variable that is already set stays as it is.
 */
export function chooseThreads(work: Work, env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(threadVariables(work))) env[name] ??= value;
}
