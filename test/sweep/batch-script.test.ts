import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {batchScript, quoted, tasksOf} from '../../src/sweep/index.js';

test('runs are shared out among tasks: one each, several where that is asked for, and no more tasks than Slurm takes', () => {
  expect(tasksOf(3)).toEqual([[0], [1], [2]]);
  expect(tasksOf(5, 2)).toEqual([[0, 1], [2, 3], [4]]);
  expect(tasksOf(1000)).toHaveLength(1000);
  expect(tasksOf(1001)).toHaveLength(501);
  expect(tasksOf(10_000).flat()).toEqual(Array.from({length: 10_000}, (_, i) => i));
});

test.each(['plain', "it's", 'a b', '$HOME', '', '`x`', '"', 'a\nb', '*'])('%j is one word to a shell', (word) => {
  expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], {encoding: 'utf8'})).toBe(word);
});

test('a script has what was asked for, with values that sbatch reads as they are', () => {
  const script = batchScript({
    sweep: 'my sweep/a',
    ordersFile: "/data/it's/runs-1.json",
    tasks: [[0, 1], [2]],
    logFolder: '/data/logs',
    workingFolder: '/home/me',
    tool: ['node', 'tool.js'],
    maxParallel: 1,
    sbatch: ['comment=say "hi"', 'exclusive'],
  });
  expect(script.match(/^#SBATCH .*$/gm)).toEqual([
    '#SBATCH --requeue',
    '#SBATCH --job-name=my-sweep-a',
    '#SBATCH --array=0-1%1',
    '#SBATCH --output=/data/logs/%A_%a.log',
    '#SBATCH --open-mode=append',
    '#SBATCH --signal=B:USR1@120',
    '#SBATCH --comment="say \\"hi\\""',
    '#SBATCH --exclusive',
  ]);
  expect(script).toContain("  '0 1'\n  '2'\n");
  expect(script).toContain("sweep task '/data/it'\\''s/runs-1.json' $");
});
