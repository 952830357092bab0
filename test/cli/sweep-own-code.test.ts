import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, root, temporaryFolder, testBackend} from '../helpers/cli.js';
import {folderWithSubmission} from '../helpers/submission.js';

/** Tells on stderr whether the process is sealed against it. */
const TELLING = `import {setFlagsFromString} from 'node:v8';
try { setFlagsFromString('--no-opt'); process.stderr.write('not sealed\\n'); } catch { process.stderr.write('sealed\\n'); }
import {tf} from 'algoperf-ts';`;

test("runs of the user's own submission, which the config names, are done in processes that are sealed against it", async () => {
  const folder = folderWithSubmission(["import {tf} from 'algoperf-ts';", TELLING]);
  writeFileSync(join(folder, 'small.yaml'), 'submission: ./mine.ts\nevaluation: {every_steps: 1000}\n');
  writeFileSync(join(folder, 's.yaml'), 'method: grid\nconfig: small.yaml\nworkloads: [mnist]\nseeds: [1, 2]\n');
  const words = ['sweep', 's.yaml', '--max-global-steps', '2', '--data-dir', 'data', '--backend', testBackend];
  const {code, stderr, stdout} = await cli(folder, [...words, '--jobs', '1', '--json']);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('not sealed')]);
  // In the process that plans, and in one of its own for each run.
  expect(stderr.match(/^sealed$/gm)).toHaveLength(3);
  expect(JSON.parse(stdout).runs).toMatchObject([{status: 'stopped'}, {status: 'stopped'}]);
  const launch = ['--launcher', 'command', '--template', '{command}', '--runs-per-task', '2'];
  const task = await cli(folder, [...words, '--experiment-dir', 'others', ...launch]);
  expect([task.code, task.stderr]).toEqual([0, expect.stringMatching(/seed=1: complete\n[\s\S]*seed=2: complete\n/)]);
  expect(task.stderr.match(/^(not )?sealed$/gm)).toEqual(['sealed', 'sealed', 'sealed']);
  // Whatever the file of the runs says of it, which an earlier run can have written to.
  await cli(folder, [...words, '--experiment-dir', 'third', '--launcher', 'print']);
  const file = 'third/s/slurm/runs-1.json';
  const orders = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  writeFileSync(join(folder, file), JSON.stringify({...orders, modules: []}));
  const told = await cli(folder, ['sweep', 'task', file, '0']);
  expect([told.code, told.stderr.match(/^(not )?sealed$/gm)], told.stderr).toEqual([0, ['sealed']]);
  writeFileSync(join(folder, 'mine.ts'), `${readFileSync(join(folder, 'mine.ts'), 'utf8')}\n// Changed.\n`);
  const changed = await cli(folder, words);
  expect([changed.code, changed.stderr]).toEqual([
    2,
    expect.stringMatching(
      /was made with other code:\n.*\nIts own is kept in .*\n\(and 1 more run\)\nGive the sweep another/,
    ),
  ]);
  expect(changed.stderr).not.toMatch(/--(resume|with-changed-submission)/);
});

test('two workloads of one name are refused: their runs would have the same folders', async () => {
  const folder = temporaryFolder();
  const template = readFileSync(join(root, 'templates', 'workload.ts'), 'utf8');
  for (const file of ['own.ts', 'other.ts'])
    writeFileSync(join(folder, file), template.replace('WORKLOAD_NAME', 'own'));
  writeFileSync(join(folder, 's.yaml'), 'method: grid\nworkloads: [./own.ts, ./other.ts]\n');
  const {code, stderr} = await cli(folder, ['sweep', 'check', 's.yaml']);
  expect([code, stderr]).toEqual([
    2,
    "s.yaml:2:23: workloads[1]: is called 'own', as workloads[0] is, and the folders of their runs would be the same; give it another name\n",
  ]);
});
