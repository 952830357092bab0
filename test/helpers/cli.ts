import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

export const root = join(import.meta.dirname, '..', '..');
export const tool = join(root, 'bin', 'algoperf-ts.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own, gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-'));
  onTestFinished(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** The engine that the tool's tests run on: `wasm`, or what TEST_BACKEND says. */
export const testBackend = process.env.TEST_BACKEND ?? 'wasm';

/** An environment in which no TensorFlow is found. */
export const noTensorflow = {XDG_CACHE_HOME: join(root, 'test', 'no-cache')};

/** Starts the built tool; with no TensorFlow from the user's cache, unless the tests are to run on it. */
export function start(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const cache = testBackend === 'tensorflow' ? {} : noTensorflow;
  return spawn(process.execPath, [tool, ...words], {cwd, env: {...process.env, NO_COLOR: '1', ...cache, ...env}});
}

/** What a process printed, and its exit code (null: it was killed). */
export function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}

/** Runs the built tool to its end. */
export function cli(cwd: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return finished(start(cwd, words, env));
}

/** A config of two short cycles, evaluated by steps. */
export const SMALL = `batch_size: 16
evaluation: {every_steps: 10, stop_at_target: false}
hyperparameters:
  learning_rate: 0.002
  one_minus_beta1: 0.1
  beta2: 0.99
  weight_decay: 0.01
  warmup_factor: 0.1
schedule:
  budget_steps: 45
  warmup_schedule_fns: [linear, cosine]
  decay_schedule_fns: [cosine, linear]
  alter_decays: [0, 0.001]
  alter_warmups: [0, 0]
`;

export function writeConfig(folder: string, text = SMALL, name = 'small.yaml'): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** The rows of a table without the columns that say when something was, or how often the run was started. */
export function numbersOf(file: string): Record<string, string>[] {
  const [header, ...rows] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const timed = /time|duration|score|seconds|preemption/;
  return rows.map((cells) =>
    Object.fromEntries(header!.map((column, i) => [column, cells[i]!]).filter(([column]) => !timed.test(column!))),
  );
}

/** All files below a folder, by relative path. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
