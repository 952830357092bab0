import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {Command, InvalidArgumentError} from 'commander';
import {exitCodeOf, threeDigits} from '../src/cli/index.js';
import {tensorflowCandidates} from '../src/native/index.js';
import {submissionNames} from '../src/submissions/index.js';
import {severalOf} from './options.js';

/** The flag that asks for it. */
export const TO_TARGET = '--to-target';

const ENGINES = ['tensorflow', 'wasm'];

/** The seed of all runs: a submission needs other numbers of steps with another one. */
const SEED = '1';

/** When a run reached the target of the validation split: undefined if it did not. */
interface Reached {
  readonly globalStep: number;
  /** Of the submission's clock. */
  readonly seconds: number;
}

interface Flags {
  readonly engine: readonly string[];
  readonly submission: readonly string[];
  /** Evaluate every so many steps instead of by time. */
  readonly everySteps?: number;
}

/**
 * Trains mnist with submissions and their own configs on each engine, one run after the other, and prints what each needed to the target
 * as a table in Markdown.
 * @returns the exit code: 0 if all have reached it, 1 if not, or for a fault; 2 for what the user can correct
 */
export async function toTarget(argv: readonly string[]): Promise<number> {
  try {
    const {engine: engines, submission: submissions, everySteps} = flagsOf(argv);
    const reached = new Map<string, Reached | undefined>();
    for (const submission of submissions) {
      for (const engine of engines) {
        process.stderr.write(`${submission} on ${engine}\n`);
        reached.set(`${submission} ${engine}`, await trained(submission, engine, everySteps));
      }
    }
    process.stdout.write(`${markdown(submissions, engines, reached)}\n`);
    return [...reached.values()].includes(undefined) ? 1 : 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function flagsOf(argv: readonly string[]): Flags {
  const engines = tensorflowCandidates().length > 0 ? ENGINES : ENGINES.filter((name) => name !== 'tensorflow');
  const program = new Command(`npm run bench -- ${TO_TARGET}`)
    .description(
      'Trains mnist with submissions and their own configs until its target, and prints the steps and seconds that each took.',
    )
    .option(TO_TARGET, 'this')
    .option('--engine <name>', 'train on this engine; may be repeated (default: all but cpu)', severalOf(ENGINES))
    .option('--submission <name>', 'train with this one; may be repeated (default: all)', severalOf(submissionNames))
    .option(
      '--every-steps <steps>',
      'evaluate every so many steps instead of by time, so that machines of any speed find the same steps',
      positiveInteger,
    )
    .exitOverride();
  return {engine: engines, submission: submissionNames, ...program.parse([...argv]).opts<Partial<Flags>>()};
}

function positiveInteger(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(value);
}

async function trained(submission: string, engine: string, everySteps?: number): Promise<Reached | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-to-target-'));
  const options = {workload: 'mnist', submission, backend: engine, 'rng-seed': SEED, 'experiment-dir': folder};
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  if (everySteps) words.push('--set', `evaluation.every_steps=${everySteps}`);
  const program = new URL('target-process.js', import.meta.url).pathname;
  try {
    const child = spawn(process.execPath, [program, 'run', ...words, '--json', '--quiet'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return (JSON.parse(await text(child.stdout)) as {timeToTarget: Reached | null}).timeToTarget ?? undefined;
  } finally {
    rmSync(folder, {recursive: true});
  }
}

/** @param reached - by submission and engine */
export function markdown(
  submissions: readonly string[],
  engines: readonly string[],
  reached: ReadonlyMap<string, Reached | undefined>,
): string {
  const cells = (submission: string): string[] =>
    engines.flatMap((engine) => {
      const at = reached.get(`${submission} ${engine}`);
      return at ? [String(at.globalStep), threeDigits(at.seconds)] : ['-', '-'];
    });
  const rows = [
    ['submission', ...engines.flatMap((engine) => [`${engine}: steps`, 'seconds'])],
    ['---', ...engines.flatMap(() => ['--:', '--:'])],
    ...submissions.map((submission) => [`\`${submission}\``, ...cells(submission)]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}
