import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, testBackend} from '../helpers/cli.js';
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
});
