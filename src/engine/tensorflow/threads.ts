import {nativeEnvironment, UserError} from '../../support/index.js';

/** The variable that sets the number of the addon's own threads, and how many it has at most; absent or 0: one a processor. */
const [OWN_THREADS, MOST_OWN_THREADS] = ['ALGOPERF_TS_THREADS', 8];

/** The variable that sets the number of TensorFlow's threads that start operations, and its value for none. */
const [BETWEEN_OPERATIONS, WHERE_ASKED] = ['TF_NUM_INTEROP_THREADS', '-1'];

/** What the threads will have to do. */
export interface Work {
  readonly batchSize: number;
  /** Multiply-adds of one example's way through the model; undefined: not known, taken for many. */
  readonly multiplyAdds: number | undefined;
  /** Those of them that are in products of two matrices; undefined: none. */
  readonly matMulMultiplyAdds: number | undefined;
}

/**
 * Multiply-adds a pass below which a second thread of TensorFlow's costs more than it brings. Measured on two cores with 101,770
 * parameters: one thread is 25 to 40 % faster up to batch 384, two are 10 % faster at 512 and more above.
 */
const LEAST_MULTIPLY_ADDS = 4e7;

/**
 * Multiply-adds a pass up to which products of matrices are left to threads of our own, and most else to one. Measured as above:
 * 30 % faster than one thread at batch 128, 20 % faster than TensorFlow's at 2048 and 5 % at 4096, as fast at 8192.
 */
const MOST_SHARED_MULTIPLY_ADDS = 5e8;

/**
 * Multiply-adds of an example up to which products of matrices are left to threads of our own while TensorFlow runs several operations at
 * once, each in one thread. It is the width of the products that counts. Measured on two cores: 20 % faster than all in all threads at
 * 1.6e8 (a transformer of width 128; as fast at batch 128) and at 1.1e8 (a graph network at batch 64 to 256; as fast at 512), but 15 %
 * slower at 1.7e9 (a transformer of width 512) and 70 % at 3.7e10 (width 1,024).
 */
const MOST_MULTIPLY_ADDS_AT_ONCE = 5e8;

/** Of more processors one operation at a time has to take several: its threads are TensorFlow's choice. */
const MOST_PROCESSORS_AT_ONCE = 2;

/** What there is to compute with. */
export interface Means {
  /** Whether the addon has threads of its own for products of matrices. */
  readonly sharesProducts: boolean;
  /** How many processors the process may use. */
  readonly processors: number;
}

/**
 * How many threads TensorFlow should have for the work, as environment variables. For small steps: one thread within an
 * operation, and operations run where they are asked for (-1), since handing them to another thread takes longer than most
 * of them do. For larger ones of narrow models, on few processors: operations at once, each in one thread. For others nothing:
 * TensorFlow takes all cores.
 */
export function threadVariables(
  {batchSize, multiplyAdds = Number.POSITIVE_INFINITY, matMulMultiplyAdds = 0}: Work,
  {sharesProducts, processors}: Means,
): {readonly [name: string]: string} {
  const shared = sharesProducts ? matMulMultiplyAdds : 0;
  if (batchSize * (multiplyAdds - shared) > LEAST_MULTIPLY_ADDS) return {};
  if (batchSize * shared <= MOST_SHARED_MULTIPLY_ADDS)
    return {TF_NUM_INTRAOP_THREADS: '1', [BETWEEN_OPERATIONS]: WHERE_ASKED};
  const isAtOnce = processors <= MOST_PROCESSORS_AT_ONCE && shared <= MOST_MULTIPLY_ADDS_AT_ONCE;
  return isAtOnce ? {TF_NUM_INTRAOP_THREADS: '1'} : {};
}

/** Environments that threads were chosen in: what is set there the next time was not asked for. */
const chosen = new WeakSet<NodeJS.ProcessEnv>();

/**
 * Sets the process's threads for the work. TensorFlow reads the variables when it is loaded, and never again: to be called
 * before that. A variable that is already set stays as it is, and how many threads TensorFlow may have within an operation
 * holds for ours as well.
 */
export function chooseThreads(work: Work, means: Means, env = nativeEnvironment()): void {
  const {TF_NUM_INTRAOP_THREADS: asked} = env;
  if (asked !== undefined && !chosen.has(env)) env[OWN_THREADS] ??= `${Math.min(Number(asked), MOST_OWN_THREADS)}`;
  chosen.add(env);
  for (const [name, value] of Object.entries(threadVariables(work, means))) env[name] ??= value;
}

/** @throws UserError naming the variable, if one of those that say how many threads there are is not such a number */
export function requireThreadCounts(env = nativeEnvironment()): void {
  for (const name of ['TF_NUM_INTRAOP_THREADS', BETWEEN_OPERATIONS, OWN_THREADS]) {
    const value = env[name];
    const most = name === OWN_THREADS ? MOST_OWN_THREADS : 999;
    const orNone = name === BETWEEN_OPERATIONS ? ` or ${WHERE_ASKED} (operations run where they are asked for)` : '';
    if (value === undefined || (/^\d{1,3}$/.test(value) && Number(value) <= most) || (orNone && value === WHERE_ASKED))
      continue;
    throw new UserError(
      `${name}, a variable of the environment: must be a number of threads up to ${most}${orNone}, found '${value}'. ` +
        '0 is one a processor; without the variable, threads are chosen by the work to come.',
    );
  }
}

/** Whether products of matrices are left to threads of our own: where TensorFlow has one for an operation. */
export function hasOneThread(env = nativeEnvironment()): boolean {
  return env.TF_NUM_INTRAOP_THREADS === '1';
}
