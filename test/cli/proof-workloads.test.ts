import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {describe, expect, test} from 'vitest';
import {cli, finished, numbersOf, root, SMALL, start, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'validation_losses.csv'];

/** Two workloads that have what mnist and cifar have not. */
const proofs = ['tokens', 'tasks'] as const;

/** TensorFlow is in the user's cache. */
const env = {XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')};

function wordsFor(name: string, backend: string): string[] {
  const workload = join(root, 'test', 'proof', `${name}.ts`);
  const run = ['run', '--workload', workload, '--config', 'small.yaml', '--experiment-name', 'a', '--data-dir', 'data'];
  return [...run, '--backend', backend, '--rng-seed', '7', '--set', 'schedule.budget_steps=160'];
}

function prepared(): string {
  const folder = temporaryFolder();
  writeConfig(folder, SMALL.replace('learning_rate: 0.002', 'learning_rate: 0.02'));
  mkdirSync(join(folder, 'data'));
  writeSequences(join(folder, 'data', 'train'), 200);
  writeSequences(join(folder, 'data', 'validation'), 50);
  return folder;
}

/** Sequences of 3 to 13 tokens; after token t mostly comes 3 t + 1, modulo 8. */
function writeSequences(stem: string, count: number): void {
  const [bytes, offsets]: [number[], number[]] = [[], [0]];
  for (let i = 0; i < count; i++) {
    for (let token = i % 8, k = 0; k < 3 + ((i * 7) % 11); k++) {
      bytes.push(token);
      token = (i + k) % 6 === 5 ? (token + 1) % 8 : (3 * token + 1) % 8;
    }
    offsets.push(bytes.length);
  }
  writeFileSync(`${stem}.bin`, Uint8Array.from(bytes));
  writeFileSync(`${stem}.json`, JSON.stringify(offsets));
}

const runIn = (folder: string, name: string) => join(folder, 'experiments', 'a', `${name}_tfjs`, 'trial_1');

function tablesOf(folder: string, name: string): {readonly [table: string]: Record<string, string>[]} {
  return Object.fromEntries(TABLES.map((table) => [table, numbersOf(join(runIn(folder, name), table))]));
}

function evaluationsOf(folder: string, name: string): Record<string, string>[] {
  return numbersOf(join(runIn(folder, name), 'eval_measurements.csv'));
}

/** Waits until so many evaluations are in the run's table. */
async function evaluated(run: string, rows: number): Promise<void> {
  const file = join(run, 'eval_measurements.csv');
  while (!existsSync(file) || readFileSync(file, 'utf8').trimEnd().split('\n').length <= rows) await setTimeout(5);
}

describe.each(proofs)('the workload %s', (name) => {
  test.each(['wasm', 'tensorflow'].filter((backend) => backend === 'wasm' || hasTensorflow))(
    'trains on %s with a reset, and continues after kills as if there had been none',
    async (backend) => {
      const words = wordsFor(name, backend);
      const whole = prepared();
      const {code, stdout, stderr} = await warm(whole, [...words, '--json'], env);
      expect(code, stderr).toBe(0);
      const tables = tablesOf(whole, name);
      expect(tables['reinits.csv']).toHaveLength(1);
      expect(JSON.parse(stdout).timeToTarget).not.toBeNull();

      const killed = prepared();
      // Before the reset and after it.
      for (const rows of [4, 11]) {
        const more = existsSync(runIn(killed, name)) ? ['--resume'] : [];
        const child = start(killed, [...words, ...more], env);
        const end = finished(child);
        await Promise.race([evaluated(runIn(killed, name), rows), end]);
        child.kill('SIGKILL');
        await end;
      }
      const resumed = await warm(killed, [...words, '--resume'], env);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(tablesOf(killed, name)).toEqual(tables);
    },
  );

  test.skipIf(!hasTensorflow)(onTensorflow('gives the numbers of wasm at first, within rounding'), async () => {
    const firsts = [];
    for (const backend of ['wasm', 'tensorflow']) {
      const folder = prepared();
      const {code, stderr} = await warm(folder, [...wordsFor(name, backend), '--max-global-steps', '10'], env);
      expect(code, stderr).toBe(0);
      firsts.push(evaluationsOf(folder, name)[1]!);
    }
    const [onWasm, onTensorflow] = firsts;
    for (const [column, value] of Object.entries(onWasm!).filter(([column]) => column.includes('/')))
      expect(Math.abs(Number(onTensorflow![column]) / Number(value) - 1), column).toBeLessThan(1e-3);
  });
});

test('a workload without a test split has no column, no line and no target of it; equal to the target is enough', async () => {
  const folder = prepared();
  const words = wordsFor('tokens', 'wasm');
  const {stdout, stderr} = await cli(folder, [...words, '--max-global-steps', '20']);
  expect(stdout).not.toContain('test');
  expect(stderr).not.toMatch(/, test /);
  const [row] = evaluationsOf(folder, 'tokens');
  expect(Object.keys(row!).filter((column) => column.startsWith('test/'))).toEqual([]);
  expect(Number(row!['validation/perplexity'])).toBeCloseTo(Math.exp(Number(row!['validation/nats'])), 9);
  const meta = JSON.parse(readFileSync(join(runIn(folder, 'tokens'), 'meta_data_0.json'), 'utf8'));
  expect(meta).toMatchObject({'workload.target_is_inclusive': true, 'workload.test_target_value': null});
  const listed = await warm(folder, ['runs', 'list', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject([{workload: 'tokens', metric: 'perplexity'}]);
});
