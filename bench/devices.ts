import {Command} from 'commander';
import {exitCodeOf} from '../src/cli/index.js';
import type {Workload} from '../src/contract/index.js';
import {compile, keyFromSeed, openEngine} from '../src/engine/index.js';
import {graphFunctions, tensorflowBackend} from '../src/engine/tensorflow/index.js';
import {optimizers} from '../src/optimizers/index.js';
import {gradientStep} from '../src/submissions/index.js';
import {UserError} from '../src/support/index.js';
import {loadWorkload} from '../workloads/index.js';
import {exampleBatch} from './example-batch.js';
import {type Kernel, kernelsIn, type Where, whereRuns} from './kernels.js';
import {type NotedOperation, type Notes, noteOperations} from './noted-operations.js';
import {timedOptimizers} from './optimizers.js';
import {type Probe, probes} from './probes/index.js';
import {pretendedGpu} from './with-binding.js';
import {workloadParts} from './workload-parts.js';

/** The flag that asks for it. */
export const DEVICES = '--devices';

/** Examples of a batch: the operations do not depend on their number. */
const BATCH = 16;

/** Layers that no workload has. */
const PROBES = ['lstm-60', 'gru-300'];

/** The operations of a part of what a run does, where TensorFlow sees a GPU. */
interface Part {
  readonly of: string;
  readonly part: string;
  readonly operations: readonly PlacedOperation[];
}

interface PlacedOperation extends NotedOperation {
  readonly where: Where;
}

/**
 * Lists where TensorFlow would run the operations of every workload's step, evaluation and reset on a machine with a GPU, by the kernels
 * in the installed library. It needs no GPU: graphs are made as for one, and not run.
 * @returns the exit code: 0, 1 for a fault, 2 for what the user can correct
 */
export async function devices(argv: readonly string[]): Promise<number> {
  try {
    const {json} = flagsOf(argv);
    await openEngine('tensorflow');
    requireGpuKernels();
    const parts = await allParts();
    process.stdout.write(json ? `${JSON.stringify(parts, undefined, 1)}\n` : `${markdown(parts)}\n`);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function flagsOf(argv: readonly string[]): {readonly json?: boolean} {
  const program = new Command(`npm run bench -- ${DEVICES}`)
    .description('Lists where TensorFlow would run the operations of every workload on a machine with a GPU.')
    .option('--json', 'every operation, with its types')
    .exitOverride();
  return program.parse(argv.filter((word) => word !== DEVICES)).opts();
}

function requireGpuKernels(): void {
  if (kernelsOf('MatMul').some(({device}) => device === 'GPU')) return;
  throw new UserError(
    'The installed TensorFlow has no kernels for a GPU: algoperf-ts backend install tensorflow --gpu brings one that has.',
  );
}

const known = new Map<string, readonly Kernel[]>();

function kernelsOf(op: string): readonly Kernel[] {
  const functions = graphFunctions(tensorflowBackend().binding);
  if (!functions) throw new UserError('The addon of an npm package does not tell its kernels.');
  if (!known.has(op)) known.set(op, kernelsIn(functions.kernelsOf(op)));
  return known.get(op)!;
}

async function allParts(): Promise<Part[]> {
  const notes = noteOperations({members: pretendedGpu(), isRunning: false});
  try {
    const parts: Part[] = [];
    for (const name of Object.keys(exampleBatch)) parts.push(...(await partsOf(notes, await loadWorkload(name))));
    for (const name of PROBES) parts.push(probePart(notes, name, probes[name]!));
    return parts;
  } finally {
    notes.end();
  }
}

async function partsOf(notes: Notes, workload: Workload): Promise<Part[]> {
  const {step, evaluation, reset, program} = await workloadParts(workload, BATCH);
  const parts: Part[] = [];
  for (const [part, run] of Object.entries({step, evaluation, reset})) {
    notes.take();
    await run();
    parts.push({of: workload.name, part, operations: placed(notes.take())});
  }
  program.dispose();
  return parts;
}

function probePart(notes: Notes, of: string, {model, batch}: Probe): Part {
  const {initModel} = model;
  const {optimizer: name} = timedOptimizers.adamw!;
  const optimizer = optimizers[name]!.make(timedOptimizers.adamw!);
  const initial = initModel(keyFromSeed(1));
  const step = gradientStep({workload: model, optimizer});
  const program = compile({...initial, optimizer: optimizer.init(initial.params)}, {step});
  notes.take();
  program.run('step', {batch: batch(1), learningRate: 0.001, key: [0, 1]}).number('loss');
  program.dispose();
  return {of, part: 'step', operations: placed(notes.take())};
}

function placed(operations: readonly NotedOperation[]): PlacedOperation[] {
  return operations.map((each) => ({...each, where: whereRuns(each, kernelsOf(each.op))}));
}

function markdown(parts: readonly Part[]): string {
  return [
    '| of | part | operations | GPU | host memory | CPU | which are not on the GPU |',
    '|---|---|---|---|---|---|---|',
    ...parts.map(rowOf),
  ].join('\n');
}

function rowOf({of, part, operations}: Part): string {
  const at = (where: Where): PlacedOperation[] => operations.filter((each) => each.where === where);
  const counts = [operations, at('gpu'), at('host'), at('cpu')].map(({length}) => length);
  const named = [...namesOf(at('cpu'), 'CPU'), ...namesOf(at('host'), 'host')].join(', ');
  return `| ${[of, part, ...counts, named || '-'].join(' | ')} |`;
}

function namesOf(operations: readonly PlacedOperation[], where: string): string[] {
  const counts = new Map<string, number>();
  for (const {op} of operations) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].sort().map(([op, count]) => `${where}: ${op} ${count}`);
}
