import {spawnSync} from 'node:child_process';
import {closeSync, openSync, rmSync, statSync} from 'node:fs';
import {Command, InvalidArgumentError} from 'commander';
import {integerFrom} from '../src/cli/index.js';
import {INSTALL, missingTensorflow, tensorflowCandidates} from '../src/native/index.js';
import {onDisk, UserError} from '../src/support/index.js';
import {loadWorkload} from '../workloads/index.js';
import {exampleBatch} from './example-batch.js';
import {timedOptimizers} from './optimizers.js';
import {probes} from './probes/index.js';

/** Workers that are timed together. */
export interface Case {
  /** Or a probe. */
  readonly workload: string;
  readonly batchSize: number;
  /** One of `timedOptimizers`. */
  readonly optimizer: string;
  /** At least one. */
  readonly engines: readonly string[];
}

/** The options of the bench. */
export interface BenchOptions {
  /** The Python that runs the peer. */
  readonly peer: string | undefined;
  /** Whether engines were selected: the plain loop is then left out. */
  readonly isPart: boolean;
  /** At least one. */
  readonly cases: readonly Case[];
  /** Where the JSON goes. */
  readonly out: string;
  /** Where the picture goes. */
  readonly picture: string;
}

interface Flags {
  readonly peer?: string;
  readonly workload?: readonly string[];
  readonly probe?: readonly string[];
  readonly batchSize?: readonly number[];
  readonly optimizer: readonly string[];
  readonly engine?: readonly string[];
  readonly out: string;
}

/** By default; those of more than a hundred million parameters are timed when they are asked for. */
const BATCH_SIZES: {readonly [workload: string]: readonly number[]} = {
  mnist: [16, 128, 1024],
  cifar: [32],
  finewebedu_lm: [1],
  ogbg: [64],
  text_lm: [32],
  wmt: [4],
  wmt_small: [16],
};

const LARGE = ['finewebedu_lm', 'wmt'];

/** The workloads whose batches the bench can make. */
const TIMED = Object.keys(exampleBatch);

const DEFAULT_OPTIMIZER = 'adamw';

const ENGINES = ['tensorflow', 'wasm', 'cpu'];

/** The probes by kind. */
const PROBES: {readonly [kind: string]: readonly string[]} = {
  transformer: ['transformer'],
  lstm: ['lstm-60', 'lstm-300'],
  recurrence: ['gru-300', 'rnn-300'],
};

/** The largest batch for the engine `cpu`, which is too slow for more. */
const CPU_MOST = {workload: 'mnist', batchSize: 128};

/**
 * Reads the command line and checks that all of it can be done, since measuring takes minutes.
 * @throws CommanderError for an invalid option; commander has printed it on stderr
 * @throws UserError naming the option, for what can't be measured or written
 */
export async function parseOptions(argv: readonly string[]): Promise<BenchOptions> {
  const {peer, workload, probe: kinds = [], batchSize, optimizer: optimizers, engine, out} = flagsOf(argv);
  const workloads = workload ?? (kinds.length > 0 ? [] : TIMED.filter((name) => !LARGE.includes(name)));
  if (engine?.includes('tensorflow') ?? true) requireTensorflow(engine !== undefined);
  const cases: Case[] = [];
  for (const workload of workloads) {
    const sizes = batchSize ?? BATCH_SIZES[workload] ?? [];
    await requireExamples(workload, sizes);
    for (const size of sizes) {
      const engines = enginesOf(workload, size, engine);
      for (const optimizer of optimizers) cases.push({workload, batchSize: size, optimizer, engines});
    }
  }
  if (batchSize && workloads.length === 0)
    throw new UserError('--batch-size: a probe has a batch size of its own; leave it out, or name a --workload');
  if (kinds.length > 0 && String(optimizers) !== DEFAULT_OPTIMIZER)
    throw new UserError(`--optimizer: probes are timed with ${DEFAULT_OPTIMIZER}; leave it out, or --probe`);
  for (const name of kinds.flatMap((kind) => PROBES[kind]!))
    cases.push({
      workload: name,
      batchSize: probes[name]!.batchSize,
      optimizer: DEFAULT_OPTIMIZER,
      engines: enginesOf(name, Number.POSITIVE_INFINITY, engine),
    });
  const idle = engine?.find((name) => !cases.some(({engines}) => engines.includes(name)));
  if (idle) {
    throw new UserError(
      `--engine ${idle}: it is timed with the workload ${CPU_MOST.workload} and batches of up to ${CPU_MOST.batchSize} only, and none was asked for`,
    );
  }
  if (out.endsWith('.png')) {
    throw new UserError(
      `--out ${out}: the figures go there as JSON, and the picture beside them; end it in .json: ${out.replace(/png$/, 'json')}`,
    );
  }
  const picture = out.replace(/(\.json)?$/, '.png');
  for (const file of [out, picture]) requireWritable(file);
  if (peer !== undefined) requirePeer(peer, workloads);
  return {peer, isPart: engine !== undefined, cases: cases.filter(({engines}) => engines.length > 0), out, picture};
}

function flagsOf(argv: readonly string[]): Flags {
  const program = new Command('npm run bench --')
    .description(
      'Times the training step on each available engine, next to a plain tfjs loop and, if its Python is given, a peer.\n' +
        'They take turns, each in its own process. Prints a table; writes a JSON file and a picture beside it.',
    )
    .option('--peer <python>', 'a Python with jax and optax, to time JAX as well (see bench/peer_jax.py)')
    .option(
      '--workload <name>',
      'workload to train; may be repeated (default: all but the largest, without --probe)',
      severalOf(TIMED),
    )
    .option(
      '--probe <kind>',
      'time a model of this kind: four layers of a `transformer`, an `lstm` over 60 and over 300 steps, or another `recurrence`, a GRU and a simple one over 300; may be repeated',
      severalOf(Object.keys(PROBES)),
    )
    .option(
      '--batch-size <examples>',
      "batch size; may be repeated (default: several, by workload; 'mnist' 16, 128 and 1024, 'cifar' and 'text_lm' 32, 'ogbg' 64, 'finewebedu_lm' 1)",
      (value: string, before?: readonly number[]) => withoutDoubles(integerFrom(1)(value), before),
    )
    .option(
      '--optimizer <name>',
      `optimizer to train with; may be repeated (default: ${DEFAULT_OPTIMIZER})`,
      severalOf(Object.keys(timedOptimizers)),
    )
    .option(
      '--engine <name>',
      'time this engine only; may be repeated (default: all, and the plain loop)',
      severalOf(ENGINES),
    )
    .option('--out <file>', 'the JSON file; the picture gets its name with .png', 'bench.json')
    .addHelpText(
      'after',
      '\nExample:\n  $ npm run bench -- --workload mnist --batch-size 128 --engine wasm\n\nSteps and seconds to the target, by submission: npm run bench -- --to-target --help\nWhere TensorFlow would run each operation on a machine with a GPU: npm run bench -- --devices',
    )
    .exitOverride();
  return {optimizer: [DEFAULT_OPTIMIZER], ...program.parse([...argv]).opts<Omit<Flags, 'optimizer'>>()};
}

/** Reads an option that may be repeated: each time one of these names. */
export function severalOf(names: readonly string[]) {
  return (value: string, before?: readonly string[]): readonly string[] => {
    if (!names.includes(value)) throw new InvalidArgumentError(`It must be one of: ${names.join(', ')}.`);
    return withoutDoubles(value, before);
  };
}

function withoutDoubles<T>(value: T, before: readonly T[] = []): readonly T[] {
  return before.includes(value) ? before : [...before, value];
}

/** The engines to time a case on. */
function enginesOf(workload: string, batchSize: number, only: readonly string[] | undefined): string[] {
  const isThere = {
    tensorflow: tensorflowCandidates().length > 0,
    wasm: true,
    cpu: workload === CPU_MOST.workload && batchSize <= CPU_MOST.batchSize,
  };
  return ENGINES.filter((name) => isThere[name as keyof typeof isThere] && (only?.includes(name) ?? true));
}

/** @param isAskedFor - whether it must be available; an installed one must be intact. */
function requireTensorflow(isAskedFor: boolean): void {
  const [best] = tensorflowCandidates();
  const refuse = (problem: string, remedy: string): never => {
    throw new UserError(`--engine tensorflow: ${problem}. To fix this: ${remedy}`);
  };
  if (best?.damage) refuse(`${best.origin} is damaged (${best.damage})`, INSTALL);
  if (best || !isAskedFor) return;
  const {state, remedy} = missingTensorflow();
  refuse(`it is ${state}`, remedy);
}

async function requireExamples(name: string, batchSizes: readonly number[]): Promise<void> {
  const {examples} = await loadWorkload(name);
  const large = batchSizes.find((size) => size > examples.train);
  if (large !== undefined)
    throw new UserError(`--batch-size ${large}: ${name} has ${examples.train} training examples; choose a smaller one`);
}

/** Makes a file beside it, since permissions alone don't say whether that works. */
function requireWritable(file: string): void {
  const there = statSync(file, {throwIfNoEntry: false});
  if (there && !there.isFile())
    throw new UserError(`--out: ${file} exists and is not a file that could be replaced; choose another name`);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    onDisk(file, () => closeSync(openSync(beside, 'w')));
  } catch (cause) {
    throw cause instanceof UserError ? new UserError(`--out: ${cause.message}`, {cause}) : cause;
  } finally {
    rmSync(beside, {force: true});
  }
}

/** @throws UserError unless it is a Python with what the peer's program imports for these workloads */
function requirePeer(python: string, workloads: readonly string[]): void {
  const modules = ['jax', 'optax', ...(workloads.some((name) => name !== 'mnist') ? ['flax'] : [])];
  const program = `import ${modules.join(', ')}; print("jax", jax.__version__)`;
  const {error, stdout, stderr} = spawnSync(python, ['-c', program], {encoding: 'utf8', timeout: 120_000});
  if (/^jax \d/.test(stdout ?? '')) return;
  const words = error ? reasonOf(error) : stderr.trim().split('\n').at(-1) || 'it is not Python';
  throw new UserError(
    `--peer ${python}: ${words}. It must be a Python with ${modules.join(', ')}; bench/peer_jax.py says how to make one.`,
  );
}

function reasonOf({code, message}: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program';
  if (code === 'EACCES') return 'it is not an executable program';
  return message;
}
